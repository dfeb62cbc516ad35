import type { Action } from '@testmesh/action-kit';
import type { ValueMap } from '@testmesh/domain';
import {
  type ActionStep,
  type Environment,
  type Flow,
  isConstant,
  type JudgeOptions,
  type Meaning,
  mergeTemplates,
  render,
  type Scope,
  type Step,
  schemaFiles,
  type Template,
  templateNames,
} from '@testmesh/flow';
import { nestedSteps } from './names/memory.ts';
import { emptyScope } from './names/step-scope.ts';
import type { WaitingStep } from './prepare-actions.ts';
import { messageOf } from './resources.ts';
import type { Run } from './run.ts';
import { type CredentialNames, credentialNames } from './secrets/credential-names.ts';
import { schemaOptions } from './step/schema-options.ts';
import { StepProblem } from './step/settings.ts';

/** An action step with everything worked out that is the same at each of its attempts. */
export interface PreparedStep {
  readonly action: Action;
  /** The config with the environment's overrides under it. */
  readonly template: Template;
  /** The rendered config of a step without placeholders. */
  readonly constant?: ValueMap | undefined;
  /** What its assertions need. */
  readonly options: JudgeOptions;
}

/** One flow of a run (the root or a child) with its names and what is worked out once for all its steps. */
export class FlowRun {
  readonly run: Run;
  readonly flow: Flow;
  readonly environment: Environment | undefined;
  readonly names: ReadonlyMap<string, Meaning>;
  readonly secretNames: ReadonlySet<string>;
  /** The parent's names, for a child that inherits them. */
  readonly inherited: Scope | undefined;
  /** Files of the flows that led here, for the depth and cycle checks. */
  readonly lineage: readonly string[];
  readonly credentials: CredentialNames;
  readonly headers: { readonly template: Template; readonly constant?: Record<string, string> } | undefined;
  /** Steps whose actions want to be prepared and whose config is not known yet. */
  readonly waiting: WaitingStep[] = [];
  /** Grows with each capture, so that waiting steps are looked at only when something is new. */
  learnt = 0;
  lookedAt = -1;
  readonly #prepared = new Map<Step, Promise<PreparedStep>>();
  readonly #fresh = new Map<string, boolean>();
  readonly #captures: ReadonlySet<string>;
  readonly #plainOptions: Promise<JudgeOptions>;

  constructor(
    run: Run,
    flow: Flow,
    names: ReadonlyMap<string, Meaning>,
    secretNames: ReadonlySet<string>,
    lineage: readonly string[],
    within: { readonly inherited?: Scope | undefined; readonly handedBack?: CredentialNames } = {},
  ) {
    this.run = run;
    this.flow = flow;
    this.environment = run.environment;
    this.names = names;
    this.secretNames = secretNames;
    this.lineage = lineage;
    this.inherited = within.inherited;
    const { environment } = run;
    this.credentials = credentialNames(flow, { names, handedBack: within.handedBack ?? new Map(), environment });
    run.learnCredentials(names, this.credentials);
    this.headers = routingHeaders(this.environment);
    this.#plainOptions = Promise.resolve({ schemaCheck: run.ports.schemaCheck });
    this.#captures = new Set([...flow.setup, ...flow.steps, ...flow.teardown].flatMap(captureNames));
  }

  /** Whether anything may look into the result of the step with this id. */
  mentions(id: string): boolean {
    return this.flow.mentions.has(id) || this.flow.mentions.has('steps');
  }

  /** Whether a name's value was born in this run, so that it tells this run's messages from others. */
  isFresh(name: string): boolean {
    const known = this.#fresh.get(name);
    if (known !== undefined) return known;
    this.#fresh.set(name, false);
    const fresh = this.#captures.has(name) || BORN_HERE.has(name) || this.#isMadeOfFresh(name);
    this.#fresh.set(name, fresh);
    return fresh;
  }

  prepare(step: ActionStep): Promise<PreparedStep> {
    const known = this.#prepared.get(step) ?? this.#prepareStep(step);
    this.#prepared.set(step, known);
    return known;
  }

  /** What judging a step's assertions needs; the same for all steps that check against no file. */
  judgeOptions(step: Step): Promise<JudgeOptions> {
    const files = schemaFiles(step.asserts);
    if (files.size === 0) return this.#plainOptions;
    return schemaOptions(files, this.flow.file, this.run.ports);
  }

  async #prepareStep(step: ActionStep): Promise<PreparedStep> {
    const action = await this.#load(step);
    const override = this.environment?.overrides.get(step.action);
    const template = override ? mergeTemplates(override, step.config) : step.config;
    const constant = constantConfig(template);
    if (constant) this.run.masker.learnConfig(constant);
    return { action, template, constant, options: await this.judgeOptions(step) };
  }

  async #load(step: ActionStep): Promise<Action> {
    try {
      return await this.run.action(step.action);
    } catch (error) {
      const message = `${step.action} could not be loaded: ${messageOf(error)}`;
      throw new StepProblem({ code: 'TM5014', message, span: step.actionSpan });
    }
  }

  #isMadeOfFresh(name: string): boolean {
    const meaning = this.names.get(name);
    if (meaning?.kind !== 'definition') return false;
    return templateNames(meaning.template).some((reference) => this.isFresh(reference.name));
  }
}

const BORN_HERE = new Set(['RANDOM_ID', 'RUN_ID', 'EXECUTION_ID', 'UUID', 'steps']);

// A step's own id too: what is reached through it was born in this run as much as what it captured.
const captureNames = (step: Step): string[] => [
  ...(step.named ? [step.id] : []),
  ...step.outputs.map(({ name }) => name),
  ...nestedSteps(step).flatMap(captureNames),
];

const constantConfig = (template: Template): ValueMap | undefined => {
  if (!isConstant(template)) return undefined;
  const rendered = render(template, emptyScope);
  return rendered.ok ? (rendered.value as ValueMap) : undefined;
};

const routingHeaders = (environment: Environment | undefined): FlowRun['headers'] => {
  if (!environment?.headers) return undefined;
  const template = environment.headers;
  const constant = constantConfig(template);
  return { template, ...(constant && { constant: headerTexts(constant) }) };
};

export const headerTexts = (headers: ValueMap): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
