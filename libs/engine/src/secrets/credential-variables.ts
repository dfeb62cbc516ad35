import type { Environment, Flow, RunFlowStep } from '@testmesh/flow';
import { flowNames } from '../names/flow-names.ts';
import { type CredentialNames, credentialNames } from './credential-names.ts';

/** The flow at a path as another one writes it; undefined where it is not known before it is run. */
type ChildFlow = (path: string, from: Flow) => Flow | undefined;

/** Names that a flow, or one that it runs, makes credentials of: known from the texts alone, before anything is recorded. */
export const credentialVariables = (
  flow: Flow,
  environment: Environment | undefined,
  child: ChildFlow,
): ReadonlySet<string> => new Set(new Tree(environment, child).of(flow).keys());

/** Each flow of the tree is looked through once; one that leads back to itself adds nothing the second time. */
class Tree {
  readonly #environment: Environment | undefined;
  readonly #child: ChildFlow;
  readonly #known = new Map<string, CredentialNames>();

  constructor(environment: Environment | undefined, child: ChildFlow) {
    this.#environment = environment;
    this.#child = child;
  }

  of(flow: Flow): CredentialNames {
    const known = this.#known.get(flow.file);
    if (known !== undefined) return known;
    this.#known.set(flow.file, NONE);
    const found = credentialNames(flow, {
      names: flowNames({ flow, environment: this.#environment, constants: {}, ...NOTHING_GIVEN }),
      handedBack: NONE,
      environment: this.#environment,
      within: (step) => this.#within(step, flow),
    });
    this.#known.set(flow.file, found);
    return found;
  }

  #within({ flow: path }: RunFlowStep, from: Flow): CredentialNames | undefined {
    const child = path.kind === 'fixed' ? this.#child(path.value, from) : undefined;
    return child && this.of(child);
  }
}

const NONE: CredentialNames = new Map();
const NOTHING_GIVEN = { os: new Map(), flowEnvFile: new Map(), envFile: new Map(), variables: new Map() };
