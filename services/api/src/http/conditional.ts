import { Problem } from '@testmesh/contracts';

/** The strong ETag of a row's version. */
export const etagOf = (version: number): string => `"${version}"`;

type Headers = Readonly<Record<string, string | undefined>>;

const TAG = /^(W\/)?"([\x21\x23-\x7e\x80-\xff]*)"$/;
/** No row has it: what names no version of ours fits none. */
const NO_VERSION = -1;

/** The versions that `If-Match` names, one or several; undefined when the header is absent or `*`. */
export const expectedVersion = (headers: Headers): number | readonly number[] | undefined => {
  const given = headers['if-match'];
  if (given === undefined || given.trim() === '*') return undefined;
  const versions = given.split(',').flatMap((part) => versionOf(part.trim(), given));
  return versions.length === 1 ? versions[0] : versions;
};

/** RFC 9110, 13.1.1: tags are compared strongly, so a weak one fits nothing, and empty members of a list do not count. */
const versionOf = (tag: string, given: string): readonly number[] => {
  if (tag === '') return [];
  const [, weak, text = ''] = TAG.exec(tag) ?? [];
  if (!TAG.test(tag)) {
    throw new Problem('invalid-request', `If-Match is ${given}, but an ETag of this API looks like "3"`);
  }
  return [weak === undefined && /^\d{1,15}$/.test(text) ? Number(text) : NO_VERSION];
};

/** The version that `If-Match` has to name; undefined for `*`, who changes it whatever it is. */
export const requiredVersion = (headers: Headers): number | readonly number[] | undefined => {
  if (headers['if-match'] !== undefined) return expectedVersion(headers);
  throw new Problem('version-required', 'send If-Match with the ETag that GET answered, so that no change is lost');
};
