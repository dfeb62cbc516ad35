import { lookup } from 'node:dns';
import net, { type LookupFunction, type NetConnectOpts, type Socket } from 'node:net';
import tls from 'node:tls';
import type { OutboundPolicy, OutboundRefusal } from '@testmesh/ports';

// Sockets that keep to a policy. Invariants:
// S1. What is judged is what is connected to: the address is judged within the lookup of the very connection, so that a
//     name that resolves to something else a moment later is judged again.
// S2. A name is refused when one of its addresses is.
// S3. Without a policy these are Node's own sockets.

/** A connection that the policy refuses. */
export class OutboundRefused extends Error {
  readonly code: string;
  readonly reason: string;
  readonly help: string;

  constructor({ code, reason, help }: OutboundRefusal) {
    super(`${reason}; ${help}`);
    this.name = 'OutboundRefused';
    this.code = code;
    this.reason = reason;
    this.help = help;
  }
}

const refusedWithin = (error: unknown): OutboundRefused | undefined => {
  for (let at = error, depth = 0; at instanceof Object && depth < 10; depth += 1) {
    if (at instanceof OutboundRefused) return at;
    at = (at as { readonly cause?: unknown }).cause;
  }
  return undefined;
};

/** What a step says of a refusal within an error; undefined when there is none. */
export const refusalWithin = (error: unknown): OutboundRefusal | undefined => {
  const refused = refusedWithin(error);
  return refused && { code: refused.code, reason: refused.reason, help: refused.help };
};

/** `dns.lookup` whose answers are judged. */
export const judgedLookup =
  (policy: OutboundPolicy): LookupFunction =>
  (host, options, done) => {
    lookup(host, options, (error, found, family) => {
      if (error !== null) return done(error, found, family);
      const addresses = typeof found === 'string' ? [found] : found.map(({ address }) => address);
      for (const address of addresses) {
        const refusal = policy.connecting({ host, address });
        if (refusal !== undefined) return done(new OutboundRefused(refusal), found, family);
      }
      done(null, found, family);
    });
  };

/** Why a host that is an address already is refused, for drivers that take a lookup alone: it is not called for those. */
export const refusedAddress = (policy: OutboundPolicy, host: string): OutboundRefused | undefined => {
  const address = bare(host);
  const refusal = net.isIP(address) === 0 ? undefined : policy.connecting({ host, address });
  return refusal && new OutboundRefused(refusal);
};

/** Options for connecting that hold the policy within them; throws when the target is refused as it stands. */
export const judged = <Options extends object>(policy: OutboundPolicy | undefined, options: Options): Options => {
  if (policy === undefined) return options;
  const { path, host = 'localhost' } = options as { readonly path?: string | null; readonly host?: string };
  if (typeof path === 'string') throwAny(refusedSocket(policy, path));
  else throwAny(refusedAddress(policy, host));
  return { ...options, lookup: judgedLookup(policy) };
};

const bare = (host: string): string => host.replace(/^\[|\]$/g, '');

const refusedSocket = (policy: OutboundPolicy, path: string): OutboundRefused | undefined => {
  const refusal = policy.connecting({ path });
  return refusal && new OutboundRefused(refusal);
};

const throwAny = (error: Error | undefined): void => {
  if (error !== undefined) throw error;
};

/** As `net.connect`; a refusal comes as the socket's error. */
export const connectTcp = (
  policy: OutboundPolicy | undefined,
  options: NetConnectOpts,
  onConnect?: () => void,
): Socket => orRefused(() => net.connect(judged(policy, options), onConnect));

/** As `tls.connect`; a refusal comes as the socket's error. */
export const connectTls = (
  policy: OutboundPolicy | undefined,
  options: tls.ConnectionOptions,
  onConnect?: () => void,
): Socket => orRefused(() => tls.connect(judged(policy, options), onConnect));

const orRefused = (open: () => Socket): Socket => {
  try {
    return open();
  } catch (error) {
    if (error instanceof OutboundRefused) return new net.Socket().destroy(error);
    throw error;
  }
};

/** A socket that is not connected yet, for drivers that do it themselves. */
export const judgedSocket = (policy: OutboundPolicy): Socket => {
  const socket = new net.Socket();
  const connect = socket.connect.bind(socket);
  const connectJudged = (target: number | string | NetConnectOpts, host?: string): Socket => {
    const options =
      typeof target === 'object' ? target : typeof target === 'string' ? { path: target } : { port: target, host };
    try {
      return connect(judged(policy, options as NetConnectOpts));
    } catch (error) {
      if (error instanceof OutboundRefused) return socket.destroy(error);
      throw error;
    }
  };
  return Object.assign(socket, { connect: connectJudged as Socket['connect'] });
};

/** The judged addresses of a host, for drivers that look names up themselves: connect to these. */
export const judgedAddresses = async (
  policy: OutboundPolicy,
  host: string,
): Promise<readonly { readonly address: string; readonly family: number }[]> => {
  if (net.isIP(bare(host)) !== 0) {
    throwAny(refusedAddress(policy, host));
    return [{ address: bare(host), family: net.isIP(bare(host)) }];
  }
  return new Promise((resolve, reject) => {
    judgedLookup(policy)(host, { all: true }, (error, found) => {
      if (error !== null) reject(error);
      else resolve(Array.isArray(found) ? found : [{ address: found, family: net.isIP(found) }]);
    });
  });
};
