import type { Action } from '@testmesh/action-kit';
import { assert } from './assert.ts';
import { delay } from './delay.ts';
import { log } from './log.ts';
import { transform } from './transform.ts';
import { waitFor } from './wait-for.ts';

export const actions: readonly Action[] = [delay, log, assert, transform, waitFor];
export { assert, delay, log, transform, waitFor };
