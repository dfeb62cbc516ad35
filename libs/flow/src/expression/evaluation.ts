import type { Value } from '@testmesh/domain';
import type { Scope } from '../model/scope.ts';
import type { Problem, Text } from '../model/text.ts';
import type { Template } from '../template/template.ts';
import type { Ast, Place } from './ast.ts';
import { type Trouble, trouble } from './problem.ts';

/** Steps an expression may take; a filter within a filter over long lists must not run for minutes. */
const MAX_STEPS = 1_000_000;
const MAX_DEFINITIONS = 50;

/** A path that does not exist. It is no value: only operators that say so may meet it. */
export class Missing {
  readonly what: string;
  readonly text: Text;
  readonly place: Place;
  /** Nobody ever defined the name; otherwise something is there and lacks the part in question. */
  readonly isUndefined: boolean;
  readonly message: string;
  readonly suggestion: string | undefined;
  readonly help: string | undefined;

  constructor(
    where: { what: string; text: Text; place: Place },
    why: { isUndefined?: boolean; message: string; suggestion?: string | undefined; help?: string | undefined },
  ) {
    this.what = where.what;
    this.text = where.text;
    this.place = where.place;
    this.isUndefined = why.isUndefined ?? false;
    this.message = why.message;
    this.suggestion = why.suggestion;
    this.help = why.help;
  }

  problem(): Problem {
    try {
      return trouble(this.text, this.place, { code: this.isUndefined ? 'TM3101' : 'TM3102', ...this });
    } catch (error) {
      return (error as Trouble).problem;
    }
  }
}

interface Definition {
  readonly name: string;
  readonly within: Definition | undefined;
  readonly depth: number;
}

type Render = (template: Template, evaluation: Evaluation) => Value;

/** One evaluation under way: what names mean, where the text stands, what the current element is. */
export class Evaluation {
  readonly scope: Scope;
  readonly text: Text;
  readonly element: Value | undefined;
  /** Values of the parts, for the record; filled only when asked for. */
  readonly trace: Map<Ast, Value> | undefined;
  readonly render: Render;
  readonly #definition: Definition | undefined;
  readonly #budget: { steps: number };

  constructor(
    scope: Scope,
    text: Text,
    render: Render,
    more: {
      element?: Value;
      trace?: Map<Ast, Value> | undefined;
      definition?: Definition | undefined;
      budget?: { steps: number };
    } = {},
  ) {
    this.scope = scope;
    this.text = text;
    this.render = render;
    this.element = more.element;
    this.trace = more.trace;
    this.#definition = more.definition;
    this.#budget = more.budget ?? { steps: MAX_STEPS };
  }

  /** Looks at an element of a list. */
  at(element: Value): Evaluation {
    return new Evaluation(this.scope, this.text, this.render, {
      element,
      definition: this.#definition,
      budget: this.#budget,
    });
  }

  /** Goes on in another text: that of a template. */
  in(text: Text): Evaluation {
    if (text === this.text) return this;
    return new Evaluation(this.scope, text, this.render, { definition: this.#definition, budget: this.#budget });
  }

  /** Renders what a name is defined as; a definition that leads back to itself is a problem. */
  define(name: string, template: Template, place: Place): Value {
    const names = [name];
    for (let outer = this.#definition; outer; outer = outer.within) {
      names.unshift(outer.name);
      if (outer.name === name) this.stop(place, 'TM3107', `\`${name}\` is defined by itself: ${names.join(' → ')}`);
    }
    const depth = (this.#definition?.depth ?? 0) + 1;
    if (depth > MAX_DEFINITIONS)
      this.stop(place, 'TM3006', `definitions refer to one another more than ${MAX_DEFINITIONS} deep`);
    const definition = { name, within: this.#definition, depth };
    return this.render(
      template,
      new Evaluation(this.scope, this.text, this.render, { definition, budget: this.#budget }),
    );
  }

  /** Counts a step. */
  spend(place: Place): void {
    if (--this.#budget.steps < 0) this.stop(place, 'TM3111', `this takes more than ${MAX_STEPS} steps to work out`);
  }

  sourceOf(place: Place): string {
    return this.text.value.slice(place.start, place.end);
  }

  stop(place: Place, code: string, message: string, help?: string): never {
    return trouble(this.text, place, { code, message, help });
  }
}
