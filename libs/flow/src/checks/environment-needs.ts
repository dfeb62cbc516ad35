import type { Span } from '@testmesh/domain';
import type { ActionStep } from '../model/flow.ts';
import type { Findings } from '../source/findings.ts';
import type { CheckOptions } from './names.ts';

/** Collects what a flow leaves to an environment, to say it once. */
export class EnvironmentNeeds {
  readonly #options: CheckOptions;
  readonly #findings: Findings;
  readonly #missing = new Map<string, Span>();

  constructor(options: CheckOptions, findings: Findings) {
    this.#options = options;
    this.#findings = findings;
  }

  /** Names of environment variables are written in capitals; any other name that nothing defines is a mistake. */
  mayDefine(name: string): boolean {
    return this.#options.environment === undefined && /^[A-Z][A-Z0-9_]*$/.test(name);
  }

  name(name: string, span: Span): void {
    this.#need(name, span);
  }

  /** The config keys that a step leaves to the environment. */
  configOf({ schema, leftToEnvironment, actionSpan }: ActionStep): void {
    const { environment } = this.#options;
    const override = environment?.overrides.get(schema.type);
    for (const key of leftToEnvironment) {
      if (environment === undefined) this.#need(`\`${key}\` for ${schema.type}`, actionSpan);
      else if (!override || !givesKey(override, key)) {
        const message = `${schema.type} needs \`${key}\`: neither the step nor the environment ${environment.name} gives it`;
        this.#findings.error('TM2020', actionSpan, message, {
          help: `give it in the step's config, or under routing.overrides.${schema.type} in ${environment.file}`,
        });
      }
    }
  }

  /** One finding for everything that is missing, at its first place. */
  report(): void {
    const [first] = this.#missing.values();
    if (first === undefined) return;
    const names = [...this.#missing.keys()];
    const list = names.length === 1 ? names[0] : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
    this.#findings.error('TM2010', first, `needs an environment that defines ${list}`, {
      help: "choose one with --env NAME (environments/NAME.yaml, from the flow's folder upwards), or give names with --var",
    });
  }

  #need(what: string, span: Span): void {
    if (!this.#missing.has(what)) this.#missing.set(what, span);
  }
}

const givesKey = (override: ReturnType<ReadonlyMap<string, ActionStep['config']>['get']>, key: string): boolean => {
  if (override?.kind === 'map') return override.entries.some((entry) => entry.key === key);
  const value = override?.kind === 'constant' ? override.value : undefined;
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key);
};
