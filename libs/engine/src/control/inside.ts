import type { Value } from '@testmesh/domain';
import type { Frame } from '../frame.ts';
import { Memory } from '../names/memory.ts';
import type { Attempt } from '../step/work.ts';

/** The frame of the steps directly inside a step: its names, its time limit, paths under its own. */
export const insideOf = (attempt: Attempt, more: Partial<Frame> = {}): Frame => ({
  ...attempt.frame,
  prefix: `${attempt.path}/`,
  parent: attempt.path,
  signal: attempt.signal,
  ...more,
});

/** A frame beside others that run at the same time: it writes to memory of its own and has connections of its own. */
export const branchOf = (frame: Frame, name: string): Frame => ({
  ...frame,
  memory: new Memory(frame.memory),
  branch: frame.branch === '' ? name : `${frame.branch}/${name}`,
});

export const withLocals = (frame: Frame, values: ReadonlyMap<string, Value>): Frame => ({
  ...frame,
  locals: { values, parent: frame.locals },
});
