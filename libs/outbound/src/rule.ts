import type { OutboundTarget } from '@testmesh/ports';
import { isWithin, parseAddress, parseRange } from './address.ts';

// A rule is a range (`10.0.0.0/8`), an address, a host name (`db.internal`), a host pattern (`*.internal`) or a socket
// (`unix:/run/db/*`). Ranges are held against the resolved address, so that no other name leads around them; names are
// held against the name as it was written.

const HOST = /^(?:\*\.)?[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)*$/;
const SOCKET = /^unix:\/[^*]*\*?$/;

/** A host that a name server would take for an address of its own accord: never a rule. */
const NUMERIC = /^(?:0x[0-9a-f]+|\d+)(?:\.(?:0x[0-9a-f]+|\d+))*$/;

export const isRule = (text: string): boolean =>
  parseRange(text) !== undefined ||
  SOCKET.test(text) ||
  (HOST.test(text.toLowerCase()) && !NUMERIC.test(text.toLowerCase()));

/** The first rule that speaks of the target. */
export const ruleFor = (rules: readonly string[], target: OutboundTarget): string | undefined =>
  rules.find((rule) => ('path' in target ? namesSocket(rule, target.path) : namesHost(rule, target)));

const namesSocket = (rule: string, path: string): boolean => {
  if (!rule.startsWith('unix:') || path.split('/').includes('..')) return false;
  const wanted = rule.slice('unix:'.length);
  return wanted.endsWith('*') ? path.startsWith(wanted.slice(0, -1)) : path === wanted;
};

const namesHost = (rule: string, { host, address }: { readonly host: string; readonly address: string }): boolean => {
  const range = parseRange(rule);
  if (range !== undefined) {
    const known = parseAddress(address);
    return known !== undefined && isWithin(known, range);
  }
  const [name, wanted] = [host.toLowerCase().replace(/\.$/, ''), rule.toLowerCase()];
  return wanted.startsWith('*.') ? name.endsWith(wanted.slice(1)) : name === wanted;
};
