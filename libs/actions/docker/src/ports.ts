// Which ports of a container are published where.

/** A container port and the host port it is published on; 0 picks a free one. */
export interface Publication {
  readonly containerPort: number;
  readonly protocol: 'tcp' | 'udp';
  readonly hostPort: number;
  readonly hostIp?: string;
}

const CONTAINER_PORT = /^(\d{1,5})(?:\/(tcp|udp))?$/;
const LISTED = /^(?:(?:(\d+\.\d+\.\d+\.\d+):)?(\d{0,5}):)?(\d{1,5}(?:\/(?:tcp|udp))?)$/;

/** Reads the map form (container → host) or Docker's list form (`[[ip:]host:]container[/udp]`); a text says what is wrong. */
export const publications = (
  ports: Readonly<Record<string, string>> | readonly string[],
): readonly Publication[] | string => {
  const found = isList(ports)
    ? ports.map(listed)
    : Object.entries(ports).map(([container, host]) => publication(container, host));
  return found.find((each) => typeof each === 'string') ?? (found as readonly Publication[]);
};

const isList = (ports: object): ports is readonly string[] => Array.isArray(ports);

const listed = (text: string): Publication | string => {
  const [, hostIp, host = '', container] = LISTED.exec(text) ?? [];
  if (container === undefined) return `ports: "${text}" is not a port; write "8080:80" (host:container) or "80"`;
  const read = publication(container, host === '' ? '0' : host);
  return typeof read === 'string' || hostIp === undefined ? read : { ...read, hostIp };
};

const publication = (container: string, host: string): Publication | string => {
  const [, port, protocol = 'tcp'] = CONTAINER_PORT.exec(container) ?? [];
  if (!inRange(port, 1)) return `ports: "${container}" is not a container port`;
  if (!inRange(host, 0)) return `ports: "${host}" is not a host port; "0" picks a free one`;
  return { containerPort: Number(port), protocol: protocol as 'tcp' | 'udp', hostPort: Number(host) };
};

const inRange = (text: string | undefined, least: number): text is string =>
  text !== undefined && /^\d{1,5}$/.test(text) && Number(text) >= least && Number(text) <= 65_535;

/** Adds the ports that the wait or the connection string needs and the author did not name. */
export const withPorts = (named: readonly Publication[], needed: readonly number[]): readonly Publication[] => {
  const missing = [...new Set(needed)].filter(
    (port) => !named.some(({ containerPort, protocol }) => containerPort === port && protocol === 'tcp'),
  );
  return [...named, ...missing.map((containerPort) => ({ containerPort, protocol: 'tcp' as const, hostPort: 0 }))];
};
