import type { ValueMap } from '@testmesh/domain';
import type { Routing } from './environment-content.ts';
import type { Sealer } from './sealing.ts';

// Addresses of services with the passwords within them. Invariants:
// S1. An address with a password is kept sealed; what is shown of it has the mask in the password's place.
// S2. An address that comes back with the mask means the one that is kept, and nothing else.

/** Routing as it is kept: `sealed` holds the whole addresses of those services whose shown address has a mask. */
export interface KeptRouting extends Routing {
  readonly sealed?: Readonly<Record<string, string>>;
}

interface Sealing {
  readonly workspace: string;
  readonly sealer: Sealer;
  readonly before: KeptRouting;
}

const MASK = '********';

/** The password of a URL reaches to its last @, its user may be `name@server`; some drivers take one as a parameter. */
const PASSWORDS: readonly RegExp[] = [
  /^([a-z][a-z0-9+.-]*:\/\/[^\s/?#:]*:)(.+)(@[^@]*)$/is,
  /((?:^|[?&;\s])(?:password|passwd|pwd|sslpassword|token|secret)\s*=\s*)('[^']*'|[^&;\s]+)()/i,
];

/** An address without its password. */
const maskedAddress = (address: string): string =>
  PASSWORDS.reduce(
    (text, pattern) =>
      text.replace(pattern, (whole, before: string, password: string, after: string) =>
        REFERENCE.test(password) ? whole : `${before}${MASK}${after}`,
      ),
    address,
  );

/** `${DB_PASS}` names a password and is none; a default within it might be one. */
const REFERENCE = /^'?\$\{\w+\}'?$/;

const contextOf = (workspace: string, service: string): string => `service/${workspace}/${service}`;

/** Routing as it is kept; undefined when a mask stands for no address that is known. */
export const sealedRouting = (routing: Routing, { workspace, sealer, before }: Sealing): KeptRouting | undefined => {
  if (routing.services === undefined) return routing;
  const services: Record<string, ValueMap[string]> = {};
  const sealed: Record<string, string> = {};
  for (const [name, address] of Object.entries(routing.services)) {
    const masked = typeof address === 'string' ? maskedAddress(address) : address;
    services[name] = masked;
    if (masked === address && !(typeof address === 'string' && address.includes(MASK))) continue;
    const kept = address === masked ? keptAddress(before, name, masked) : String(address);
    if (kept === undefined) return undefined;
    sealed[name] = address === masked ? kept : sealer.seal(kept, contextOf(workspace, name));
  }
  return { ...routing, services, ...(Object.keys(sealed).length > 0 && { sealed }) };
};

/** Services whose address has a mask that stands for none that is kept. */
export const unknownAddresses = ({ services = {} }: Routing, before: KeptRouting): readonly string[] =>
  Object.entries(services).flatMap(([name, address]) => {
    const isMasked = typeof address === 'string' && address.includes(MASK) && maskedAddress(address) === address;
    return isMasked && keptAddress(before, name, address) === undefined ? [`service.${name}`] : [];
  });

const keptAddress = ({ services, sealed }: KeptRouting, name: string, masked: unknown): string | undefined =>
  services?.[name] === masked ? sealed?.[name] : undefined;

/** As it is shown; an address that was kept before addresses were sealed is masked as well. */
export const shownRouting = ({ sealed: _, services, ...rest }: KeptRouting): Routing => ({
  ...rest,
  ...(services && {
    services: Object.fromEntries(
      Object.entries(services).map(([name, value]) => [name, typeof value === 'string' ? maskedAddress(value) : value]),
    ),
  }),
});

/** With every address whole. */
export const openRouting = ({ sealed = {}, ...routing }: KeptRouting, workspace: string, sealer: Sealer): Routing => {
  if (routing.services === undefined) return routing;
  const whole = Object.entries(sealed).map(([name, text]) => [name, sealer.open(text, contextOf(workspace, name))]);
  return { ...routing, services: { ...routing.services, ...Object.fromEntries(whole) } };
};

/** Under the current master key, addresses kept in clear included; undefined when all are already. */
export const resealedRouting = (routing: KeptRouting, workspace: string, sealer: Sealer): KeptRouting | undefined => {
  const open = openRouting(routing, workspace, sealer);
  const isOld = Object.values(routing.sealed ?? {}).some((text) => !sealer.isCurrent(text));
  const isClear = JSON.stringify(shownRouting(routing).services) !== JSON.stringify(routing.services);
  return isOld || isClear ? sealedRouting(open, { workspace, sealer, before: {} }) : undefined;
};
