// A TCP proxy that does to connections what networks do.
// N1. Bytes of one direction keep their order, whatever is changed while they are on their way.
// N2. What was asked for holds for connections that are open and for new ones, until `heal`.
// N3. A lost answer is one that the server did give: what was asked had happened, and the connection breaks instead.
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

export interface FaultProxyOptions {
  readonly host?: string;
  /** Where the server listens. */
  readonly port: number;
}

/** What became of the traffic so far. */
export interface ProxyFigures {
  readonly connections: number;
  readonly cut: number;
  readonly lostAnswers: number;
}

/** Listens on a free loopback port. */
export const startFaultProxy = async ({ host = '127.0.0.1', port }: FaultProxyOptions): Promise<FaultProxy> => {
  const proxy = new FaultProxy(host, port);
  await proxy.listen();
  return proxy;
};

export class FaultProxy {
  readonly #host: string;
  readonly #upstream: number;
  readonly #server: Server;
  readonly #links = new Set<Link>();
  #delayMs = 0;
  #isHole = false;
  #answersToLose = 0;
  #connections = 0;
  #cut = 0;
  #lostAnswers = 0;

  constructor(host: string, upstream: number) {
    this.#host = host;
    this.#upstream = upstream;
    this.#server = createServer((client) => this.#accept(client));
  }

  async listen(): Promise<void> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get figures(): ProxyFigures {
    return { connections: this.#connections, cut: this.#cut, lostAnswers: this.#lostAnswers };
  }

  /** Every piece of both directions arrives so much later. */
  delay(ms: number): void {
    this.#delayMs = ms;
  }

  /** Nothing arrives any more and nobody is told; connections stay open, and go on when it heals. */
  blackHole(): void {
    this.#isHole = true;
    for (const link of this.#links) link.pause();
  }

  /** The next `count` answers do not arrive: their connections break after the server gave them. */
  loseAnswers(count: number): void {
    this.#answersToLose = count;
  }

  /** Resets every open connection, at once. */
  cut(): void {
    this.#cut += this.#links.size;
    for (const link of [...this.#links]) link.break();
  }

  /** From now on everything passes. */
  heal(): void {
    this.#delayMs = 0;
    this.#answersToLose = 0;
    this.#isHole = false;
    for (const link of this.#links) link.resume();
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const link of [...this.#links]) link.break();
    await closed;
  }

  #accept(client: Socket): void {
    this.#connections += 1;
    const server = connect(this.#upstream, this.#host);
    const link = new Link(client, server, {
      delayMs: () => this.#delayMs,
      losesAnswer: () => this.#losesAnswer(),
      ended: () => this.#links.delete(link),
    });
    this.#links.add(link);
    if (this.#isHole) link.pause();
  }

  #losesAnswer(): boolean {
    if (this.#answersToLose === 0) return false;
    this.#answersToLose -= 1;
    this.#lostAnswers += 1;
    return true;
  }
}

interface Weather {
  readonly delayMs: () => number;
  readonly losesAnswer: () => boolean;
  readonly ended: () => void;
}

/** One connection of a client and the one behind it. */
class Link {
  readonly #sockets: readonly [Socket, Socket];
  readonly #weather: Weather;
  #hasAsked = false;

  constructor(client: Socket, server: Socket, weather: Weather) {
    this.#sockets = [client, server];
    this.#weather = weather;
    for (const socket of this.#sockets) {
      socket.setNoDelay(true);
      // An error is followed by 'close', which breaks both sides.
      socket.on('error', () => undefined).once('close', () => this.break());
    }
    new Way(client, server, weather, () => {
      this.#hasAsked = true;
      return true;
    });
    new Way(server, client, weather, () => this.#passes());
  }

  pause(): void {
    for (const socket of this.#sockets) socket.pause();
  }

  resume(): void {
    for (const socket of this.#sockets) socket.resume();
  }

  break(): void {
    for (const socket of this.#sockets) if (!socket.destroyed) socket.resetAndDestroy();
    this.#weather.ended();
  }

  /** False for an answer that is lost with its connection (N3). */
  #passes(): boolean {
    if (!this.#hasAsked || !this.#weather.losesAnswer()) return true;
    this.break();
    return false;
  }
}

/** One direction of a link. */
class Way {
  readonly #to: Socket;
  readonly #from: Socket;
  readonly #weather: Weather;
  #last: Promise<void> = Promise.resolve();
  #lastAt = 0;

  constructor(from: Socket, to: Socket, weather: Weather, passes: () => boolean) {
    this.#from = from;
    this.#to = to;
    this.#weather = weather;
    from.on('data', (bytes: Buffer) => {
      if (passes()) this.#after(() => this.#write(bytes));
    });
    from.once('end', () => this.#after(() => to.end()));
  }

  /** N1: nothing overtakes what came before it. */
  #after(act: () => void): void {
    const at = Math.max(this.#lastAt, performance.now() + this.#weather.delayMs());
    this.#lastAt = at;
    this.#last = this.#last.then(async () => {
      const waitMs = at - performance.now();
      if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
      act();
    });
  }

  #write(bytes: Buffer): void {
    if (this.#to.destroyed || this.#to.writableEnded) return;
    if (this.#to.write(bytes)) return;
    this.#from.pause();
    this.#to.once('drain', () => this.#from.resume());
  }
}
