import { Problem } from '@testmesh/contracts';

/** The strong ETag of a row's version. */
export const etagOf = (version: number): string => `"${version}"`;

type Headers = Readonly<Record<string, string | undefined>>;

/** The version that `If-Match` names; undefined when the header is absent or `*`. */
export const expectedVersion = (headers: Headers): number | undefined => {
  const given = headers['if-match'];
  if (given === undefined || given.trim() === '*') return undefined;
  const version = /^\s*"(\d{1,15})"\s*$/.exec(given)?.[1];
  if (version === undefined) {
    throw new Problem('invalid-request', `If-Match is ${given}, but an ETag of this API looks like "3"`);
  }
  return Number(version);
};

/** The version that `If-Match` has to name; undefined for `*`, who changes it whatever it is. */
export const requiredVersion = (headers: Headers): number | undefined => {
  if (headers['if-match'] !== undefined) return expectedVersion(headers);
  throw new Problem('version-required', 'send If-Match with the ETag that GET answered, so that no change is lost');
};
