import { hash } from 'node:crypto';

// The namespace of our event ids, itself a random UUID; fixed for ever.
const NAMESPACE = Buffer.from('6f0c5f0e7d1a4c2b9b1e0a7c3d5e8f21', 'hex').toString('latin1');

/** A name-based UUID (RFC 9562 §5.5) of stream, epoch and sequence: the same append always has the same ids. */
export const eventId = (stream: string, epoch: number, sequence: number): string => {
  const hex = hash('sha1', Buffer.from(`${NAMESPACE}${stream}/${epoch}/${sequence}`, 'latin1'), 'hex');
  const variant = ((Number.parseInt(hex.slice(16, 17), 16) & 0x3) | 0x8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
};
