// Names that every flow has. Those that are constant within a run are the engine's to resolve; the others are drawn at each use.
import type { Value } from '@testmesh/domain';
import { didYouMean } from '../source/suggest.ts';
import type { Ast } from './ast.ts';
import { fakers } from './fakers.ts';
import type { Token } from './lexer.ts';
import type { Reader } from './reader.ts';

export interface DrawSources {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** A float in [0, 1). */
  readonly random: () => number;
  readonly uuid: () => string;
}

const CONSTANT = ['RANDOM_ID', 'RUN_ID', 'FLOW_NAME', 'EXECUTION_ID'] as const;

const iso = ({ now }: DrawSources): string => new Date(now).toISOString();

type Draw = (sources: DrawSources, args: readonly Value[]) => Value;

const DRAWN: Readonly<Record<string, Draw>> = {
  UUID: ({ uuid }) => uuid(),
  TIMESTAMP: ({ now }) => Math.floor(now / 1000),
  ISO_TIMESTAMP: iso,
  DATE: (sources) => iso(sources).slice(0, 10),
  TIME: (sources) => iso(sources).slice(11, 19),
  DATETIME: (sources) => iso(sources).slice(0, 19).replace('T', ' '),
  YEAR: (sources) => iso(sources).slice(0, 4),
  MONTH: (sources) => iso(sources).slice(5, 7),
  DAY: (sources) => iso(sources).slice(8, 10),
  HOUR: (sources) => iso(sources).slice(11, 13),
  MINUTE: (sources) => iso(sources).slice(14, 16),
  SECOND: (sources) => iso(sources).slice(17, 19),
  RANDOM_INT: ({ random }, [low = 0, high = 1_000_000]) => randomInt(random, Number(low), Number(high)),
  RANDOM_STRING: ({ random }, [length = 8]) => randomString(random, Number(length)),
};

const randomInt = (random: () => number, low: number, high: number): number =>
  low + Math.floor(random() * (high - low + 1));

const LETTERS = 'abcdefghijklmnopqrstuvwxyz';

const randomString = (random: () => number, length: number): string =>
  Array.from({ length: Math.min(length, 10_000) }, () => LETTERS[Math.floor(random() * LETTERS.length)]).join('');

const TAKES: Readonly<Record<string, { readonly min: number; readonly max: number }>> = {
  RANDOM_INT: { min: 0, max: 2 },
  RANDOM_STRING: { min: 0, max: 1 },
};

/** Every name that is built in; no output or `env` entry may take it. */
export const builtinNames: ReadonlySet<string> = new Set([...CONSTANT, ...Object.keys(DRAWN), 'FAKER']);

/** The value of a built-in that is drawn at each use: `UUID`, `RANDOM_INT`, `FAKER.name.firstName`. */
export const drawBuiltin = (name: string, args: readonly Value[], sources: DrawSources): Value => {
  const draw = Object.hasOwn(DRAWN, name) ? DRAWN[name] : undefined;
  if (draw) return draw(sources, args);
  const fake = name.replace(/^FAKER\./, '');
  const make = Object.hasOwn(fakers, fake) ? fakers[fake] : undefined;
  if (make) return make(sources, args);
  throw new Error(`${name} is no built-in that can be drawn`);
};

/** Reads a built-in that is drawn; undefined when the name is none. */
export const builtin = (reader: Reader, token: Token): Ast | undefined => {
  if (token.value === 'FAKER') return faker(reader, token);
  if (!Object.hasOwn(DRAWN, token.value)) return undefined;
  return drawn(reader, token.value, token.start, TAKES[token.value] ?? { min: 0, max: 0 });
};

const faker = (reader: Reader, token: Token): Ast => {
  const names: string[] = [];
  while (names.length < 2 && reader.takes('.')) names.push(reader.next().value);
  const name = names.join('.');
  if (!Object.hasOwn(fakers, name)) {
    const known = Object.keys(fakers).map((fake) => `FAKER.${fake}`);
    const place = { start: token.start, end: reader.end };
    return reader.stop(place, 'TM3012', `there is no \`FAKER.${name}\``, didYouMean(`FAKER.${name}`, known));
  }
  return drawn(reader, `FAKER.${name}`, token.start, { min: 0, max: 2 });
};

const drawn = (reader: Reader, name: string, start: number, takes: { min: number; max: number }): Ast => {
  const args: Ast[] = [];
  if (reader.takes('(') && !reader.takes(')')) {
    do {
      // `number(min: 18, max: 80)`: the names say what the order says already.
      if (reader.peek().kind === 'name' && reader.is(':', 1)) {
        reader.next();
        reader.next();
      }
      args.push(reader.parse(0));
    } while (reader.takes(','));
    reader.expect(')', 'after the arguments');
  }
  const place = { start, end: reader.end };
  if (args.length < takes.min || args.length > takes.max) {
    reader.stop(place, 'TM3004', `\`${name}\` takes at most ${takes.max} arguments`);
  }
  return { kind: 'draw', name, args, ...place };
};
