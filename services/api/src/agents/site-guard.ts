import { bundleManifest, Problem } from '@testmesh/contracts';
import { parseJson, type RecordedEvent } from '@testmesh/domain';
import type { HeldRun } from '@testmesh/ports';
import type { AgentCaller } from '../http/route.ts';
import { blobsNamedBy, maskedEvents, RefusedEvents, readEvents } from './checked-events.ts';
import { type Admitted, type AgentGuard, type AskedBatch, type GuardDeps, historyOf } from './guard.ts';
import { type KnownSecrets, learnNeedles, NEEDLES, showsSecret } from './known-secrets.ts';

// An agent is not trusted. Invariants:
// U1. It reads and writes what belongs to runs that it holds now, under the epoch it was given, and nothing else.
// U2. An append to a run that it held before goes to the journal all the same: the epoch refuses it there, and an answer that
//     was lost is given again. To a run that it never held, it gets the answer of a run that is somebody else's.
// U3. What it may read of bodies: the files of runs that it holds, what their histories name, and what it put for them.

/** What is known of a run while an agent holds it. */
interface Known {
  readonly secrets: Promise<KnownSecrets>;
  /** Bodies that the agent may read. */
  readonly bodies: Promise<ReadonlySet<string>>;
}

const REMEMBERED = 1000;
/** What an executor keeps of a run; `inputs` is what it was given, and stays. */
const KEPT_NAME = /^(?:\d+\/)?(?:needles|(?:step|positions):.+)$/s;

export class SiteGuard implements AgentGuard {
  readonly #deps: GuardDeps;
  readonly #known = new Map<string, Known>();

  constructor(deps: GuardDeps) {
    this.#deps = deps;
  }

  readonly poolsOf: AgentGuard['poolsOf'] = ({ pools }, wanted) => {
    const foreign = wanted.find((pool) => !pools.includes(pool));
    if (foreign === undefined) return wanted;
    throw new Problem('forbidden', `this agent may not take runs of the pool ${foreign}: it has ${pools.join(', ')}`);
  };

  readonly workspaceOf: AgentGuard['workspaceOf'] = ({ workspace }) => workspace;

  readonly held: AgentGuard['held'] = ({ workspace, executor }) => this.#deps.holdings.heldBy({ workspace, executor });

  readonly isLive: AgentGuard['isLive'] = ({ agentId }) => this.#deps.isLive(agentId);

  readonly demandHeld: AgentGuard['demandHeld'] = async (agent, run) => {
    const held = await this.held(agent);
    if (held.some(({ runId, epoch }) => runId === run.runId && epoch === run.epoch)) return;
    throw new Problem('not-found', `this agent holds no run ${run.runId} under the epoch ${run.epoch}`);
  };

  readonly demandAsking: AgentGuard['demandAsking'] = async (agent, run) => {
    if (run !== undefined) await this.demandHeld(agent, run);
    for (const held of run === undefined ? await this.held(agent) : [run]) {
      if ((await (await this.#knownOf(held)).secrets).namesEnvironment) return;
    }
    throw new Problem('cannot-be-done', 'no run that this agent holds asks for a test environment');
  };

  readonly demandLast: AgentGuard['demandLast'] = async (agent, { runId, epoch }) => {
    const { events } = await historyOf(this.#deps, runId);
    const last = events.findLast(({ type }) => type === 'RunClaimed');
    if (last !== undefined && isClaimOf(last, agent, epoch)) return;
    throw new Problem('not-found', `this agent was not the last to have the run ${runId} under the epoch ${epoch}`);
  };

  readonly admit: AgentGuard['admit'] = async (agent, batches) => {
    const held = new Map((await this.held(agent)).map(({ runId, epoch }) => [runId, epoch]));
    return Promise.all(batches.map((batch) => this.#admit(agent, batch, held.get(batch.runId) === batch.epoch)));
  };

  readonly keeping: AgentGuard['keeping'] = async (run, name, value) => {
    if (!KEPT_NAME.test(name)) throw new Problem('invalid-request', 'nothing is kept of a run under this name');
    if (!name.endsWith(NEEDLES)) return;
    const { masker } = await (await this.#knownOf(run)).secrets;
    try {
      learnNeedles(masker, value);
    } catch {
      throw new Problem('invalid-request', `what is kept as ${name} has to be a JSON list of texts`);
    }
  };

  readonly putting: AgentGuard['putting'] = async (run, bytes, hash) => {
    const secrets = await (await this.#knownOf(run)).secrets;
    if (showsSecret(secrets)(new TextDecoder().decode(bytes))) {
      throw new Problem('cannot-be-done', 'the body shows what the run keeps secret: it is not stored');
    }
    await this.#deps.holdings.addBlob(run.runId, hash);
  };

  readonly mayGet: AgentGuard['mayGet'] = async (agent, hash) => {
    for (const run of await this.held(agent)) {
      if ((await (await this.#knownOf(run)).bodies).has(hash)) return true;
      if ((await this.#deps.holdings.blobsOf(run.runId, [hash])).has(hash)) return true;
    }
    return false;
  };

  readonly ended: AgentGuard['ended'] = async (runId) => {
    for (const key of this.#known.keys()) if (key.startsWith(`${runId}/`)) this.#known.delete(key);
    await this.#deps.holdings.forgetBlobs(runId);
  };

  async #admit(agent: AgentCaller, asked: AskedBatch, isHeld: boolean): Promise<Admitted> {
    const { runId, epoch, expectedVer } = asked;
    // Whoever takes a run over has a higher epoch than whoever had it.
    if (!isHeld && !(await this.#heldOnce(agent, asked))) return { ok: false, outcome: 'fenced', epoch: epoch + 1 };
    try {
      const { workspace, executor: actor } = agent;
      const events = readEvents(asked.events, { runId, workspace, epoch, actor });
      if (isHeld && asked.events.includes('$blob')) await this.#demandOwn(runId, blobsNamedBy(events));
      const masked = isHeld ? maskedEvents(events, await (await this.#knownOf(asked)).secrets) : events;
      return { ok: true, batch: { stream: `run-${runId}`, expectedVer, epoch, events: masked } };
    } catch (error) {
      if (!(error instanceof RefusedEvents)) throw error;
      return { ok: false, outcome: 'refused', reason: error.message };
    }
  }

  async #heldOnce(agent: AgentCaller, { runId, epoch }: HeldRun): Promise<boolean> {
    const { events } = await historyOf(this.#deps, runId);
    return events.some((event) => event.type === 'RunClaimed' && isClaimOf(event, agent, epoch));
  }

  async #demandOwn(runId: string, hashes: readonly string[]): Promise<void> {
    if (hashes.length === 0) return;
    const own = await this.#deps.holdings.blobsOf(runId, hashes);
    const foreign = hashes.find((hash) => !own.has(hash));
    if (foreign !== undefined)
      throw new RefusedEvents(`an event names the body ${foreign}, which nobody put for this run`);
  }

  async #knownOf(run: HeldRun): Promise<Known> {
    const key = `${run.runId}/${run.epoch}`;
    const known = this.#known.get(key) ?? this.#learn(run);
    this.#known.delete(key);
    this.#known.set(key, known);
    const [oldest] = this.#known.keys();
    if (this.#known.size > REMEMBERED && oldest !== undefined) this.#known.delete(oldest);
    // What could not be read is read again by whoever asks next.
    known.secrets.catch(() => this.#known.delete(key));
    known.bodies.catch(() => this.#known.delete(key));
    return known;
  }

  #learn({ runId }: HeldRun): Known {
    const history = historyOf(this.#deps, runId);
    return {
      secrets: history.then(({ bundle }) => this.#deps.secrets(runId, bundle)),
      bodies: history.then(
        async ({ events, bundle }) => new Set([...blobsNamedBy(events), ...(await this.#files(bundle))]),
      ),
    };
  }

  async #files(bundle: string | undefined): Promise<readonly string[]> {
    const bytes = bundle === undefined ? undefined : await this.#deps.blobs.get(bundle);
    if (bundle === undefined || bytes === undefined) return [];
    const { files } = bundleManifest.parse(parseJson(new TextDecoder().decode(bytes)));
    return [bundle, ...Object.values(files)];
  }
}

const isClaimOf = (claim: RecordedEvent, { workspace, executor }: AgentCaller, epoch: number): boolean =>
  claim.workspace === workspace && claim.epoch === epoch && claim.data['executor'] === executor;
