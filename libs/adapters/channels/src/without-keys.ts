import type { Destination } from '@testmesh/ports';

/** The shortest part of an address that may be a key; shorter ones are words. */
const SHORTEST_KEY = 8;
const SHORTEST_PASSWORD = 4;

/** What a host said, without what of its address opens something: answers often repeat what was asked for. */
export const withoutKeys = (text: string, to: Destination): string =>
  keysOf(to).reduce((said, key) => said.replaceAll(key, '***'), text);

const keysOf = (to: Destination): readonly string[] => {
  const address = to.kind === 'email' ? to.server : to.url;
  if (!URL.canParse(address)) return [];
  const { password, pathname, searchParams, search } = new URL(address);
  const parts = [...pathname.split('/'), ...searchParams.values(), ...search.slice(1).split(/[&=]/)];
  const secrets = [password, ...(to.kind === 'webhook' ? [to.signingSecret] : [])];
  const keys = [
    ...spellings(parts).filter((part) => part.length >= SHORTEST_KEY),
    ...spellings(secrets).filter((secret) => secret.length >= SHORTEST_PASSWORD),
  ];
  // The longest first: one may be a part of another.
  return keys.sort((one, other) => other.length - one.length);
};

const spellings = (texts: readonly string[]): readonly string[] => texts.flatMap((text) => [text, decoded(text)]);

/** As `decodeURIComponent`, and what cannot be decoded stays as it is. */
const decoded = (text: string): string =>
  new URLSearchParams(`text=${text.replaceAll('+', '%2B').replaceAll('&', '%26')}`).get('text') ?? text;
