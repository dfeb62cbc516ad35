import {
  type AnyNumber,
  ExactNumber,
  numberFromText,
  parseJson,
  stringifyJson,
  type Value,
  type ValueMap,
} from '@testmesh/domain';
import type { NotCarriedOut } from '../client/failure.ts';

/** What is written for a value: a text as it stands, anything else as JSON. */
export const stored = (value: Value): string => (typeof value === 'string' ? value : stringifyJson(value));

/** An integer reply; they arrive as text because they are 64 bits wide. */
export const integer = (reply: unknown): AnyNumber => numberFromText(String(reply));

/** A score or a counted fraction: `3`, `1.5`, `inf`. */
export const decimal = (reply: unknown): Value => {
  const text = String(reply);
  return /inf|nan/i.test(text) ? text : numberFromText(text);
};

/** The parsed text under `json`, when it is a JSON object or list. */
export const withJson = (text: string | null): ValueMap => {
  if (text === null || !/^\s*[[{]/.test(text)) return {};
  try {
    const json = parseJson(text);
    return typeof json === 'object' && !(json instanceof ExactNumber) ? { json } : {};
  } catch {
    return {}; // a text that only begins like JSON
  }
};

export const tooMany = (what: string, found: number, limit: number): NotCarriedOut => ({
  kind: 'not-carried-out',
  code: 'TM4302',
  reason: `${what} holds ${found} items, and the limit is ${limit}`,
  help: 'ask for less, or raise limit',
});

export const tooLarge = (what: string, bytes: number, limit: number): NotCarriedOut => ({
  kind: 'not-carried-out',
  code: 'TM4303',
  reason: `${what} holds ${bytes} bytes, and at most ${limit} are read`,
});
