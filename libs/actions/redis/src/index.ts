import type { Action } from '@testmesh/action-kit';
import { collectionActions } from './commands/collections.ts';
import { hashActions } from './commands/hashes.ts';
import { keyActions } from './commands/keys.ts';
import { redisPublish } from './commands/publish.ts';
import { stringActions } from './commands/strings.ts';
import { redisXadd, redisXread } from './waiting/stream.ts';
import { redisSubscribe } from './waiting/subscribe.ts';

export const actions: readonly Action[] = [
  ...stringActions,
  ...keyActions,
  ...hashActions,
  ...collectionActions,
  redisPublish,
  redisSubscribe,
  redisXadd,
  redisXread,
];
