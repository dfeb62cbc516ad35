import { describe, expect, test } from '@jest/globals';
import { awaitedAttempt, type Candidate, chooseEnvironment, type OnBusy } from './reuse.ts';
import {
  after,
  destroyRequested,
  failed,
  held,
  MINUTE,
  ready,
  registered,
  released,
  sickened,
  started,
  warmed,
} from './test-environment.fixture.ts';
import type { LiveEnvironment } from './test-environment-state.ts';

const choose = (candidates: readonly Candidate[], onBusy: OnBusy = 'wait', run = 'r9', now = 10) =>
  chooseEnvironment({ run, onBusy, now }, candidates);
const candidate = (id: string, state: LiveEnvironment, ...waiting: string[]): Candidate => ({
  ...{ id, state, waiting: waiting.map((run) => ({ run, attempt: 1 })) },
});
const warm = after(...ready);
const running = after(...held);
const cooling = after(...held, released());
const provisioning = after(registered, started());
const broken = after(registered, started(), failed('no such image'));

describe('a run that asks for an environment', () => {
  test('gets a ready one: a warm one before one whose health is not known yet, then the one used last', () => {
    const later = after(registered, started(), warmed(5));
    expect(choose([candidate('a', cooling), candidate('b', warm), candidate('c', later)])).toEqual({
      ...{ choice: 'acquire', id: 'c' },
    });
    expect(choose([candidate('a', cooling)])).toEqual({ choice: 'acquire', id: 'a' });
  });

  test('U1: gets the one that it holds', () => {
    expect(choose([candidate('a', warm), candidate('b', running)], 'new', 'r1')).toEqual({
      ...{ choice: 'held', id: 'b', epoch: 1 },
    });
  });

  test('has one registered where there is none that will do', () => {
    expect(choose([])).toEqual({ choice: 'register' });
    expect(choose([candidate('a', after(...ready, destroyRequested()))])).toEqual({ choice: 'register' });
    expect(choose([candidate('a', warm)], 'wait', 'r9', 3 + 60 * MINUTE)).toEqual({ choice: 'register' });
  });

  test('does not get one that is sick, and waits for it', () => {
    expect(choose([candidate('a', after(...ready, sickened()))])).toEqual({ choice: 'wait', id: 'a' });
  });
});

describe('when the environment is busy', () => {
  test('it waits, is given another, or fails, as asked', () => {
    expect(choose([candidate('a', running)], 'wait')).toEqual({ choice: 'wait', id: 'a' });
    expect(choose([candidate('a', running)], 'new')).toEqual({ choice: 'register' });
    expect(choose([candidate('a', running)], 'fail')).toEqual({ choice: 'busy', id: 'a' });
  });

  test('one that is being made ready for another run is as busy as one in use; for nobody, it is not', () => {
    expect(choose([candidate('a', provisioning, 'r1')], 'new')).toEqual({ choice: 'register' });
    expect(choose([candidate('a', provisioning, 'r1')], 'fail')).toEqual({ choice: 'busy', id: 'a' });
    expect(choose([candidate('a', provisioning)], 'fail')).toEqual({ choice: 'wait', id: 'a' });
  });

  test('it waits where the fewest wait', () => {
    const candidates = [
      candidate('a', running, 'r2'),
      candidate('b', running),
      candidate('c', provisioning, 'r3', 'r4'),
    ];
    expect(choose(candidates)).toEqual({ choice: 'wait', id: 'b' });
  });
});

describe('a run that waits', () => {
  test('U2: is passed by nobody', () => {
    const candidates = [candidate('a', warm, 'r1', 'r2')];
    expect(choose(candidates, 'wait', 'r9')).toEqual({ choice: 'wait', id: 'a' });
    expect(choose(candidates, 'wait', 'r2')).toEqual({ choice: 'wait', id: 'a' });
    expect(choose(candidates, 'wait', 'r1')).toEqual({ choice: 'acquire', id: 'a' });
  });

  test('U3: goes on waiting for the same one', () => {
    const candidates = [candidate('a', running, 'r9'), candidate('b', provisioning)];
    expect(choose(candidates, 'new')).toEqual({ choice: 'wait', id: 'a' });
  });

  test('chooses again when that one is on its way out', () => {
    const going = candidate('a', after(...held, destroyRequested()), 'r9');
    expect(choose([going, candidate('b', warm)])).toEqual({ choice: 'acquire', id: 'b' });
  });

  test('U4: is told when the provisioning that it waited for has failed; one that comes later has it tried again', () => {
    expect(choose([candidate('a', broken, 'r9')])).toEqual({ choice: 'failed', id: 'a', error: 'no such image' });
    expect(choose([candidate('a', broken)])).toEqual({ choice: 'retry', id: 'a' });
    const patient: Candidate = { id: 'a', state: broken, waiting: [{ run: 'r9', attempt: 2 }] };
    expect(choose([patient])).toEqual({ choice: 'wait', id: 'a' });
  });

  test('waits for the provisioning that is going on, or for the next one', () => {
    expect(awaitedAttempt(provisioning)).toBe(1);
    expect(awaitedAttempt(after(registered))).toBe(1);
    expect(awaitedAttempt(broken)).toBe(2);
  });
});
