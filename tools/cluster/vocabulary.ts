// The words of this folder. Read this file first; it has no behaviour.
export const serviceNames = ['api', 'scheduler', 'executor', 'graph', 'env-manager'] as const;
export type ServiceName = (typeof serviceNames)[number];

export type Environment = Readonly<Record<string, string>>;

export interface ClusterOptions {
  /** Copies of each service at the start; one of each where nothing is said. */
  readonly copies?: Readonly<Partial<Record<ServiceName, number>>>;
  /** What the services work with besides PostgreSQL; both where nothing is said. */
  readonly with?: readonly ('kafka' | 'redis')[];
  /** Servers of its own even where some are given: only those can be killed and started again. */
  readonly ownOnly?: boolean;
  /** Runs the bundles that `node services/build.mjs` made, which start sooner; else the sources as they are. */
  readonly bundled?: boolean;
  /** For every service; `start` can say more. */
  readonly env?: Environment;
  readonly onProgress?: (line: string) => void;
}

/** PostgreSQL, Kafka or Redis. */
export interface Server {
  /** A URL, or Kafka's brokers. */
  readonly address: string;
  /** Only of a server that was started here. */
  readonly pid: () => number | undefined;
  readonly signal: (signal: NodeJS.Signals) => void;
  /** Starts it again after it was killed, at its address and with its data; resolves when it answers. */
  readonly restart: () => Promise<void>;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A service as a process. */
export interface Member {
  readonly service: ServiceName;
  /** `executor-2`: told apart from others of its service, never given again. */
  readonly name: string;
  readonly pid: number;
  /** Where `/health/live` and `/health/ready` are. */
  readonly health: string;
  /** Where an API listens; empty for the others. */
  readonly url: string;
  /** What it has logged, one JSON object a line; the last few thousand. */
  readonly lines: () => readonly string[];
  readonly signal: (signal: NodeJS.Signals) => void;
  /** Sends a signal that ends it, and waits for its end. */
  readonly kill: (signal?: NodeJS.Signals) => Promise<Exit>;
  readonly ended: Promise<Exit>;
}

export interface Cluster {
  /** An API key with every permission of an admin. */
  readonly key: string;
  /** What every service was given: DATABASE_URL, TESTMESH_ENCRYPTION_KEYS, KAFKA_BROKERS, REDIS_URL. */
  readonly env: Environment;
  readonly servers: { readonly postgres: Server; readonly kafka?: Server; readonly redis?: Server };
  /** Members that run, of one service or of all. */
  readonly members: (service?: ServiceName) => readonly Member[];
  /** Where the APIs that run listen. */
  readonly urls: () => readonly string[];
  /** One more of a service, ready when the promise is fulfilled. */
  readonly start: (service: ServiceName, env?: Environment) => Promise<Member>;
  /** Ends every member as an operator would, then the servers. */
  readonly stop: () => Promise<void>;
}
