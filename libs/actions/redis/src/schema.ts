// The driver-free face of the Redis actions: validation, completion and documentation load this and nothing else.
import type { ActionSchema } from '@testmesh/contracts';
import { collectionSchemas } from './schema/collections.ts';
import { hashSchemas } from './schema/hashes.ts';
import { keySchemas } from './schema/keys.ts';
import { messageSchemas } from './schema/messages.ts';
import { stringSchemas } from './schema/strings.ts';

export const schemas: readonly ActionSchema[] = [
  ...stringSchemas,
  ...keySchemas,
  ...hashSchemas,
  ...collectionSchemas,
  ...messageSchemas,
];
