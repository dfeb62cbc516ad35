/** A port of a container on the loopback address of the machine that runs it; host port 0 is a free one. */
export interface Publication {
  /** As Docker writes it: `80/tcp`. */
  readonly port: string;
  readonly hostPort: number;
}

const CONTAINER = /^(\d{1,5})(?:\/(tcp|udp))?$/;

/** Reads `80`, `8080:80` and `127.0.0.1:8080:80`; a text says what is wrong with anything else. */
export const publicationOf = (written: string): Publication | string => {
  const [container = '', published = '', host = '127.0.0.1', ...more] = written.split(':').reverse();
  const [, port = '', protocol = 'tcp'] = CONTAINER.exec(container) ?? [];
  const isRead = isPort(port, 1) && (published === '' || isPort(published, 0)) && more.length === 0;
  if (!isRead) return `"${written}" is no port; write "80" for a free port of this machine, or "8080:80"`;
  if (host !== '127.0.0.1') return `"${written}" publishes beyond this machine; leave the address out`;
  return { port: `${port}/${protocol}`, hostPort: Number(published) };
};

const isPort = (digits: string, least: number): boolean =>
  /^\d{1,5}$/.test(digits) && Number(digits) >= least && Number(digits) <= 65_535;
