import { isIP } from 'node:net';

// Addresses as numbers. Invariant:
// A1. One machine is one number however it is written: IPv4 inside IPv6 (mapped, NAT64, 6to4) is the IPv4 address, and
//     the unspecified address, which connects to this machine, is its loopback address.

export interface Address {
  readonly family: 4 | 6;
  readonly value: bigint;
}

/** Undefined when the text is no address. */
export const parseAddress = (text: string): Address | undefined => {
  const [bare = ''] = text.replace(/^\[|\]$/g, '').split('%', 1);
  const family = isIP(bare);
  if (family === 4) return plain({ family: 4, value: v4Value(bare) });
  return family === 6 ? plain(unwrapped(v6Value(bare))) : undefined;
};

const v4Value = (text: string): bigint => text.split('.').reduce((value, part) => value * 256n + BigInt(part), 0n);

const v6Value = (text: string): bigint => {
  const [head = '', tail] = text.split('::');
  const [before, after] = [groups(head), groups(tail ?? '')];
  const gap = tail === undefined ? [] : Array<bigint>(8 - before.length - after.length).fill(0n);
  return [...before, ...gap, ...after].reduce((value, group) => value * 0x10000n + group, 0n);
};

const groups = (text: string): readonly bigint[] =>
  text
    .split(':')
    .filter((group) => group !== '')
    .flatMap((group) => {
      if (!group.includes('.')) return [BigInt(`0x${group}`)];
      const value = v4Value(group);
      return [value >> 16n, value & 0xffffn];
    });

const LOOPBACK = { 4: (127n << 24n) + 1n, 6: 1n } as const;

const plain = ({ family, value }: Address): Address => ({ family, value: value === 0n ? LOOPBACK[family] : value });

const LOW_32 = 0xffffffffn;

/** Forms of IPv6 that carry an IPv4 address: its first bits, and how far from the end the IPv4 address stands. */
const CARRIERS: readonly { readonly prefix: bigint; readonly bits: bigint; readonly shift: bigint }[] = [
  { prefix: 0xffffn, bits: 96n, shift: 0n },
  { prefix: 0x64ff9bn << 64n, bits: 96n, shift: 0n },
  { prefix: 0x2002n, bits: 16n, shift: 80n },
];

const unwrapped = (value: bigint): Address => {
  const carrier = CARRIERS.find(({ prefix, bits }) => value >> (128n - bits) === prefix);
  if (carrier !== undefined) return { family: 4, value: (value >> carrier.shift) & LOW_32 };
  // The old form `::a.b.c.d`; the first few values are loopback and unspecified.
  return value > LOW_32 || value < 0x10000n ? { family: 6, value } : { family: 4, value };
};

/** A range of addresses. */
export interface Range extends Address {
  readonly bits: number;
}

/** `10.0.0.0/8` or a single address; undefined when the text is neither. */
export const parseRange = (text: string): Range | undefined => {
  const [first = '', length] = text.split('/');
  const family = isIP(first);
  if (family !== 4 && family !== 6) return undefined;
  const width = widths[family];
  const bits = length === undefined ? width : Number(length);
  if ((length !== undefined && !/^\d{1,3}$/.test(length)) || bits > width) return undefined;
  return { family, value: family === 4 ? v4Value(first) : v6Value(first), bits };
};

const widths = { 4: 32, 6: 128 } as const;

export const isWithin = (address: Address, { family, value, bits }: Range): boolean => {
  const shift = BigInt(widths[family] - bits);
  return address.family === family && address.value >> shift === value >> shift;
};
