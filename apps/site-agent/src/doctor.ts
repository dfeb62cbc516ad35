import { NotAdmitted, openSession, Refused, Transport, wayOut } from '@testmesh/journal-remote';
import { seededRandom, systemClock } from '@testmesh/runtime';
import { type Finding, networkSteps, type Step } from './network-steps.ts';
import type { Settings } from './settings.ts';
import { version } from './version.ts';

// Looks at the way to the server step by step, as an agent would take it. Each line says what was found; a line that begins
// with FAIL says what is wrong and what to do. What follows a failed step is not tried: it could not work.

const LIMIT_MS = 10_000;

/** True when an agent would work from here. */
export const doctor = async (settings: Settings, tell: (line: string) => void): Promise<boolean> => {
  const dispatcher = wayOut(settings.wayOut);
  try {
    for (const step of [...networkSteps(settings), ...serverSteps(settings, dispatcher)]) {
      if (!(await isWell(step, tell))) return false;
    }
    return true;
  } finally {
    // Connections that are kept would keep the process.
    await dispatcher.destroy();
  }
};

const isWell = async ({ name, look }: Step, tell: (line: string) => void): Promise<boolean> => {
  const finding = await look();
  if (!finding.ok) {
    tell(`FAIL  ${name.padEnd(8)} ${finding.wrong}`);
    tell(`      ${' '.repeat(8)} → ${finding.todo}`);
    return false;
  }
  tell(`ok    ${name.padEnd(8)} ${finding.found}`);
  if (finding.warning !== undefined) tell(`warn  ${name.padEnd(8)} ${finding.warning}`);
  return true;
};

const serverSteps = (settings: Settings, dispatcher: ReturnType<typeof wayOut>): readonly Step[] => {
  const transport = new Transport({
    url: settings.url,
    token: settings.token,
    instance: `doctor-${process.pid}`,
    dispatcher,
    clock: systemClock,
    random: seededRandom('doctor'),
    timeoutMs: LIMIT_MS,
    retryForMs: 2000,
  });
  const { host, slots, pools, labels } = settings;
  const session = (asked: readonly string[]) => openSession(transport, { version, host, slots, labels, pools: asked });
  let skewMs = 0;
  return [
    {
      name: 'token',
      look: async () => {
        try {
          const begun = systemClock.now();
          const { agent, workspace, serverTime } = await session([]);
          skewMs = serverTime - (begun + systemClock.now()) / 2;
          return { ok: true, found: `the server knows the agent ${agent} of the workspace ${workspace}` };
        } catch (error) {
          return tokenFinding(error);
        }
      },
    },
    {
      name: 'pools',
      look: async () => {
        try {
          const { pools: allowed } = await session(pools);
          return {
            ok: true,
            found: `it may take runs of ${pools.join(', ')} (its token allows ${allowed.join(', ')})`,
          };
        } catch (error) {
          const todo = 'change --pools, or make an agent whose token allows them: testmesh agent create NAME --pools …';
          return { ok: false, wrong: (error as Error).message, todo };
        }
      },
    },
    { name: 'clock', look: async () => clockFinding(skewMs) },
  ];
};

const tokenFinding = (error: unknown): Finding => {
  const wrong = (error as Error).message;
  if (error instanceof NotAdmitted) {
    return { ok: false, wrong, todo: 'make a new token: testmesh agent rotate NAME, or testmesh agent create NAME' };
  }
  if (error instanceof Refused)
    return { ok: false, wrong, todo: 'update the older of the two, the agent or the server' };
  const todo = 'look at what answers there: it has to be the API of TestMesh, with nothing after its host and port';
  return { ok: false, wrong, todo };
};

const MOST_SKEW_MS = 30_000;

const clockFinding = (skewMs: number): Finding => {
  const seconds = `${(Math.abs(skewMs) / 1000).toFixed(1)} s ${skewMs < 0 ? 'ahead of' : 'behind'} the server`;
  if (Math.abs(skewMs) <= MOST_SKEW_MS) return { ok: true, found: `${seconds}` };
  return {
    ok: false,
    wrong: `the clock of this machine is ${seconds}: its runs would tell wrong times`,
    todo: 'let it follow a time server (systemd-timesyncd, chrony)',
  };
};
