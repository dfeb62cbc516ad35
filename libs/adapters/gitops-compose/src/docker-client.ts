import Docker from 'dockerode';

const LOOPBACK = ['127.0.0.1', 'localhost'];

/** A client of the daemon at `unix:///var/run/docker.sock` or `tcp://127.0.0.1:2375`: ports are published where the runs are. */
export const dockerAt = (address: string): Docker => {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url?.protocol === 'unix:') return new Docker({ socketPath: url.pathname });
  if (url?.protocol === 'tcp:' && LOOPBACK.includes(url.hostname)) {
    return new Docker({ protocol: 'http', host: url.hostname, port: url.port || 2375 });
  }
  throw new Error(`"${address}" is no Docker daemon of this machine; write unix:///var/run/docker.sock`);
};
