import {
  parseJson,
  type StepCompleted,
  type StepPath,
  stringifyJson,
  type Value,
  type ValueMap,
} from '@testmesh/domain';
import { failureOf } from '../step/failure-of.ts';
import type { Masker } from './masker.ts';

// What facts do not tell because it is secret, kept apart for whoever takes the run over. Invariants:
// E44. What a fact masks and a later step may need is kept before the fact is recorded, and after all facts before it are durable:
//      what is kept for a step always belongs to its last recorded end.
// E45. Whatever the run learnt to mask is kept too, so that the next owner masks the same.

type KeepSecret = (name: string, value: string) => Promise<void>;

/** The parts of a step's end that its fact masks. */
interface KeptStep {
  readonly captured: ValueMap;
  readonly output?: Value;
  readonly message?: string;
}

const NEEDLES = 'needles';

interface KeptParts {
  /** What earlier owners kept. */
  readonly texts: ReadonlyMap<string, string>;
  readonly keep: KeepSecret | undefined;
  readonly masker: Masker;
  readonly durable: () => Promise<void>;
  /** How often the run began anew: what was kept before does not count. */
  readonly restarts: number;
}

export class Kept {
  readonly #parts: KeptParts;
  readonly #own = new Set<string>();
  /** How many of the secrets that the masker knows need not be kept any more. */
  #needles = 0;
  #keeping: Promise<void> = Promise.resolve();

  constructor(parts: KeptParts) {
    this.#parts = parts;
  }

  /** Learns what earlier owners had learnt to mask; call it once all that is known without them is known. */
  relearn(): void {
    const { texts, masker } = this.#parts;
    const needles = texts.get(NEEDLES);
    if (needles !== undefined) masker.addSecret(parseJson(needles));
    this.#needles = masker.size;
  }

  ofStep(path: StepPath): KeptStep | undefined {
    return this.#read(`step:${path}`) as KeptStep | undefined;
  }

  positions(resource: string): Value | undefined {
    return this.#read(`positions:${resource}`);
  }

  /** Keeps what the fact about a step does not show, and what was learnt to be masked. */
  async step(event: StepCompleted, masked: StepCompleted, lookedInto: boolean): Promise<void> {
    if (!this.#parts.keep) return;
    const name = this.#nameOf(`step:${event.path}`);
    const { real, differs } = realParts(event, masked, lookedInto);
    // What was kept for an earlier end of this step would be taken for that of this one.
    if (differs || this.#own.has(name) || this.#parts.texts.has(name)) await this.#put(name, real);
    else if (this.#parts.masker.size > this.#needles) await this.#put();
  }

  /** Keeps where a stream stood when the fact would show it masked. */
  async position(resource: string, positions: Value): Promise<void> {
    const { keep, masker } = this.#parts;
    const differs = masker.text(resource) !== resource || masker.value(positions) !== positions;
    if (keep && differs) await this.#put(this.#nameOf(`positions:${resource}`), positions);
  }

  #put(name?: string, value?: Value): Promise<void> {
    this.#keeping = this.#keeping.then(() => this.#write(name, value));
    return this.#keeping;
  }

  async #write(name: string | undefined, value: Value | undefined): Promise<void> {
    const { keep, masker, durable } = this.#parts;
    await durable();
    const { size } = masker;
    if (size > this.#needles) await keep?.(NEEDLES, stringifyJson(masker.texts()));
    this.#needles = size;
    if (name === undefined || value === undefined) return;
    this.#own.add(name);
    await keep?.(name, stringifyJson(value));
  }

  #read(name: string): Value | undefined {
    const text = this.#parts.texts.get(this.#nameOf(name));
    return text === undefined ? undefined : parseJson(text);
  }

  #nameOf(name: string): string {
    const { restarts } = this.#parts;
    return restarts === 0 ? name : `${restarts + 1}/${name}`;
  }
}

const realParts = (event: StepCompleted, masked: StepCompleted, lookedInto: boolean) => {
  const message = messageOf(event);
  const isWorded = message !== messageOf(masked);
  const isHidden = lookedInto && masked.output !== event.output;
  const real: ValueMap = {
    captured: event.captured,
    ...(lookedInto && event.output !== undefined && { output: event.output }),
    ...(isWorded && message !== undefined && { message }),
  };
  return { real, differs: masked.captured !== event.captured || isHidden || isWorded };
};

const messageOf = (event: StepCompleted): string | undefined =>
  event.status === 'failed' || event.status === 'error' ? failureOf(event.path, event).message : undefined;
