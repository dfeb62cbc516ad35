// What a run is told of its test environment, for people to read. Pure.
import type { WantedTestEnvironment } from '@testmesh/contracts';
import { type LiveEnvironment, RECONCILER, type StepError, type TestEnvironmentState } from '@testmesh/domain';
import type { AcquireOutcome } from '@testmesh/ports';

type Refused =
  | Exclude<AcquireOutcome, { readonly outcome: 'acquired' | 'waiting' }>
  | { readonly outcome: 'late'; readonly id: string; readonly status: LiveEnvironment['status'] };

/** Why the run does not get an environment. */
export const refusalOf = (refused: Refused, wanted: WantedTestEnvironment): StepError => {
  const { context, wait_minutes: minutes } = wanted;
  switch (refused.outcome) {
    case 'failed':
      return {
        code: 'TM5091',
        message: `the test environment ${context} could not be provisioned: ${refused.error}`,
        help: `testmesh testenv logs ${refused.id} shows what happened`,
      };
    case 'late':
      return {
        code: 'TM5092',
        message: `the test environment ${context} was not to be had within ${counted(minutes)}: ${STANDS[refused.status]}`,
        help: `testmesh testenv logs ${refused.id} shows what happened; wait_minutes says how long a run waits`,
      };
    case 'busy': {
      const holder = refused.holder === undefined ? 'other runs wait for it' : `the run ${refused.holder} uses it`;
      return {
        code: 'TM5093',
        message: `the test environment ${context} is in use, and on_busy is fail: ${holder}`,
        help: 'on_busy: wait waits for it, on_busy: new has another one made',
      };
    }
    case 'none':
      return {
        code: 'TM5094',
        message: `there is no test environment ${context} that could be given to this run, and nothing says how one is made`,
        help: 'create it with testmesh testenv create, or say `namespace` and what deploys it under `test_environment`',
      };
    case 'refused':
      return { code: 'TM5094', message: takenText(refused, wanted) };
  }
};

const counted = (minutes: number): string => (minutes === 1 ? '1 minute' : `${minutes} minutes`);

const STANDS: Readonly<Record<LiveEnvironment['status'], string>> = {
  cold: 'nobody has begun to provision it; is an env-manager running?',
  provisioning: 'it is still being provisioned',
  warm: 'other runs were before this one',
  cooling: 'it is not well, or other runs were before this one',
  running: 'other runs used it all the time',
};

type Taken = Extract<AcquireOutcome, { readonly outcome: 'refused' }>;

const takenText = ({ refusal, name }: Taken, { context }: WantedTestEnvironment): string => {
  const what = refusal === 'NamespaceTaken' ? 'namespace' : 'application';
  return `no test environment ${context} can be made: the ${what} ${name} belongs to another one`;
};

/** Why the run does not have the environment any more; undefined while it does. */
export const lossText = (isHeld: boolean, state: TestEnvironmentState | undefined): string | undefined => {
  if (state === undefined || state.status === 'absent') return 'it is not known any more';
  const { destroying } = state;
  if (isHeld) return destroying?.by === RECONCILER ? destroying.reason : undefined;
  if (destroying === undefined) return 'its lease had ended, and it may have been given to another run';
  return destroying.by === RECONCILER
    ? destroying.reason
    : `${destroying.by} destroyed it while the run was using it (${destroying.reason})`;
};

/** Whether a run that goes on elsewhere finds its environment as it left it: still its own, or idle ever since. */
export const canBeResumed = (state: TestEnvironmentState | undefined, run: string, epoch: number): boolean => {
  if (state === undefined || state.status === 'absent' || state.status === 'destroyed') return false;
  if (state.status === 'running') return state.run === run && state.epoch === epoch;
  return state.epoch === epoch && state.destroying === undefined;
};

export const goneText = (state: TestEnvironmentState | undefined): string => {
  const isGoing = state?.status === 'destroyed' || (state !== undefined && 'destroying' in state && state.destroying);
  const what = isGoing ? 'was destroyed' : 'was given to another run';
  return `executor lost: the test environment that the run used ${what} before it could go on elsewhere`;
};
