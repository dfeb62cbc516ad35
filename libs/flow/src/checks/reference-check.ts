import type { Span } from '@testmesh/domain';
import type { NameReference } from '../expression/expression.ts';
import type { Flow, Step } from '../model/flow.ts';
import type { Findings } from '../source/findings.ts';
import { Source } from '../source/source.ts';
import { didYouMean, suggest } from '../source/suggest.ts';
import { templateNames } from '../template/template.ts';
import type { EnvironmentNeeds } from './environment-needs.ts';
import type { CheckOptions, Names, Stage } from './names.ts';
import { keysBehindId, type ResultKeys } from './result-keys.ts';

/** A place in the flow at which names are used. */
export interface Point {
  readonly stage: Stage;
  /** The step's own result, where assertions may name it. */
  readonly own?: ResultKeys | 'open';
  /** The step that is still being prepared here: it has no result yet. */
  readonly self?: Step;
}

export interface CheckContext {
  readonly flow: Flow;
  readonly options: CheckOptions;
  readonly names: Names;
  readonly needs: EnvironmentNeeds;
  readonly findings: Findings;
}

/** Judges references against what may be defined at their place; each missing name is told once, at its first place. */
export class ReferenceCheck {
  readonly #context: CheckContext;
  readonly #source: Source;
  readonly #told = new Set<string>();

  constructor(context: CheckContext) {
    this.#context = context;
    this.#source = new Source(context.flow.file, context.flow.text);
  }

  check(references: readonly NameReference[], point: Point): void {
    for (const reference of references) this.#checkOne(reference, point, []);
  }

  /** For hyphenated words: whether a name means something at a point. */
  isKnown(point: Point): (name: string) => boolean {
    const { names } = this.#context;
    const own = point.own instanceof Set ? point.own : undefined;
    return (name) => names.isKnown(name, point.stage) || own?.has(name) === true;
  }

  #checkOne(reference: NameReference, point: Point, through: readonly string[]): void {
    const { names } = this.#context;
    const { name } = reference;
    if (point.own === 'open' || (point.own instanceof Set && point.own.has(name))) return;
    if (name === 'steps') this.#checkStepsEntry(reference, point);
    else if (point.stage.hasValue(name)) return;
    else if (names.definitions.has(name)) this.#checkDefinition(reference, point, through);
    else if (names.isGiven(name)) return;
    else if (point.stage.hasStep(name)) this.#checkResultKey(reference, names.steps.get(name));
    else if (!reference.optional) this.#unknown(reference, point, through);
  }

  // A definition is rendered where it is used, so what it mentions has to be known there.
  #checkDefinition({ name, span }: NameReference, point: Point, through: readonly string[]): void {
    if (through.includes(name)) return;
    const definition = this.#context.names.definitions.get(name);
    const { stage } = point;
    for (const inner of definition ? templateNames(definition.template, this.isKnown({ stage })) : []) {
      this.#checkOne({ ...inner, span }, { stage }, [...through, name]);
    }
  }

  #checkStepsEntry({ path: [id], span, optional }: NameReference, { stage, self }: Point): void {
    if (typeof id !== 'string' || stage.hasStep(id) || optional) return;
    const later = this.#context.names.steps.get(id);
    if (later !== undefined)
      this.#notYet(`steps.${id}`, this.#wordIn(span, id), `the step \`${id}\` ${whyNoResult(later, self)}`, later);
    else this.#tell('TM2001', this.#wordIn(span, id), `there is no step \`${id}\``, didYouMean(id, stage.steps()));
  }

  #checkResultKey({ name, path: [key], span, optional }: NameReference, step: Step | undefined): void {
    const { flow, options } = this.#context;
    if (step === undefined || typeof key !== 'string' || optional) return;
    const keys = keysBehindId(step, flow, options);
    if (keys === undefined || keys.has(key)) return;
    this.#tell('TM2019', this.#wordIn(span, key), `the step \`${name}\` (${step.action}) has no \`${key}\``, {
      ...didYouMean(key, keys),
      help: `it has ${[...keys].slice(0, 12).join(', ')}`,
    });
  }

  #unknown({ name, span: whole }: NameReference, point: Point, through: readonly string[]): void {
    const { names, needs } = this.#context;
    const span = this.#wordIn(whole, through[0] ?? name);
    const capture = names.captures.get(name);
    if (capture !== undefined) {
      const { step } = capture;
      this.#notYet(name, span, `\`${name}\` is ${whyNotYet(step, point.self)}`, step, through);
      return;
    }
    const step = names.steps.get(name);
    if (step !== undefined) {
      this.#notYet(name, span, `the step \`${name}\` ${whyNoResult(step, point.self)}`, step, through);
      return;
    }
    if (name.startsWith('service.')) this.#unknownService(name.slice('service.'.length), span, through);
    else {
      const near = suggest(name, this.#candidates(point));
      if (near === undefined && needs.mayDefine(name)) needs.name(name, span);
      else this.#undefinedName(name, span, near, through);
    }
  }

  #candidates({ stage, own }: Point): readonly string[] {
    return [...(own instanceof Set ? own : []), ...this.#context.names.inScope(stage)];
  }

  #undefinedName(name: string, span: Span, near: string | undefined, through: readonly string[]): void {
    this.#tell('TM2001', span, `nothing defines \`${name}\`${via(through)}`, {
      ...(near !== undefined && { suggestion: `did you mean \`${near}\`?` }),
      help: `capture it with \`output\`, define it under \`env\`, give --var ${name}=…, or declare it under \`inputs\``,
    });
  }

  #unknownService(name: string, span: Span, through: readonly string[]): void {
    const { needs, options, flow } = this.#context;
    const { environment } = options;
    if (options.testEnvironment ?? flow.testEnvironment !== undefined) return;
    if (environment === undefined) {
      needs.name(`service.${name}`, span);
      return;
    }
    const known = environment.services.map((service) => service.name);
    this.#tell('TM2003', span, `the environment ${environment.name} has no service \`${name}\`${via(through)}`, {
      ...didYouMean(name, known),
      help: `its services are ${known.join(', ') || 'none'} (${environment.file})`,
    });
  }

  #notYet(name: string, span: Span, message: string, step: Step, through: readonly string[] = []): void {
    this.#tell('TM2002', span, `${message}${via(through)}`, { help: `${name} comes from line ${step.span.line}` });
  }

  #tell(code: string, span: Span, message: string, more: { suggestion?: string; help?: string }): void {
    if (this.#told.has(message)) return;
    this.#told.add(message);
    this.#context.findings.error(code, span, message, more);
  }

  /** The word itself within a reference, which may be a whole placeholder. */
  #wordIn(span: Span, word: string): Span {
    if (span.file !== this.#source.file || span.line !== span.endLine) return span;
    const written = this.#source.line(span.line).slice(span.column - 1, span.endColumn - 1);
    const at = written.indexOf(word);
    if (at < 0) return span;
    const column = span.column + at;
    return { ...span, column, endColumn: column + word.length };
  }
}

const whyNotYet = (step: Step, self: Step | undefined): string => {
  if (step.disabled) return `captured only by \`${step.id}\`, which is disabled`;
  return step === self
    ? 'not captured yet: this step captures it once it has run'
    : `not captured yet: \`${step.id}\` captures it later or in another branch`;
};

const whyNoResult = (step: Step, self: Step | undefined): string => {
  if (step === self) return 'has no result yet: it is this step itself';
  return step.disabled ? 'is disabled' : 'runs later or in another branch';
};

const via = (through: readonly string[]): string =>
  through.length === 0 ? '' : ` (\`${through.join('` → `')}\` refers to it)`;
