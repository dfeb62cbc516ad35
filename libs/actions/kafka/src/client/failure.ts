// kafkajs wraps errors in errors; this finds the one that says what happened and puts it into a sentence.
import type { ActionOutcome } from '@testmesh/action-kit';
import type { Connection } from '../config.ts';

type NotCarriedOut = Extract<ActionOutcome, { kind: 'not-carried-out' }>;

export interface Attempted {
  readonly connection: Connection;
  readonly topic?: string;
}

interface KafkaError extends Error {
  readonly type?: string;
  readonly code?: string | number;
  readonly broker?: string;
  readonly cause?: unknown;
  /** One per topic of an admin request. */
  readonly errors?: readonly unknown[];
}

const isKafkaError = (error: unknown): error is KafkaError =>
  error instanceof Error && error.name.startsWith('KafkaJS');

const isWrapper = ({ name }: KafkaError): boolean =>
  name === 'KafkaJSNumberOfRetriesExceeded' || name === 'KafkaJSNonRetriableError';

const rootOf = (error: KafkaError): KafkaError => {
  const inner = error.errors?.[0] ?? (isWrapper(error) ? error.cause : undefined);
  return isKafkaError(inner) && inner !== error ? rootOf(inner) : error;
};

/** The protocol's name for an error, `UNKNOWN_TOPIC_OR_PARTITION`; undefined for what is no answer of a broker. */
export const kafkaErrorType = (error: unknown): string | undefined =>
  isKafkaError(error) ? rootOf(error).type : undefined;

const CONNECTION_ERRORS: ReadonlySet<string> = new Set([
  'KafkaJSConnectionError',
  'KafkaJSConnectionClosedError',
  'KafkaJSRequestTimeoutError',
  'KafkaJSLockTimeout',
  'KafkaJSBrokerNotFound',
  'KafkaJSMetadataNotLoaded',
]);
const TRANSIENT_TYPES: ReadonlySet<string> = new Set([
  'LEADER_NOT_AVAILABLE',
  'NOT_LEADER_FOR_PARTITION',
  // Of a topic that metadata names: that broker was not told of it yet. Whether a topic exists, `leaders` says.
  'UNKNOWN_TOPIC_OR_PARTITION',
  'REPLICA_NOT_AVAILABLE',
  'FENCED_LEADER_EPOCH',
  'UNKNOWN_LEADER_EPOCH',
  'OFFSET_NOT_AVAILABLE',
  'KAFKA_STORAGE_ERROR',
  'BROKER_NOT_AVAILABLE',
  'NETWORK_EXCEPTION',
  'REQUEST_TIMED_OUT',
  'GROUP_LOAD_IN_PROGRESS',
  'GROUP_COORDINATOR_NOT_AVAILABLE',
  'NOT_COORDINATOR_FOR_GROUP',
]);

/** The connection was refused before it left this machine; kafkajs keeps the code and puts words before the text. */
const REFUSED_HERE = 'TM4801';

/** Whether waiting longer may help: the connection was lost, or the cluster is moving leaders about. */
export const isTransient = (error: unknown): boolean => {
  if (!isKafkaError(error)) return false;
  const { name, type, code } = rootOf(error);
  if (code === REFUSED_HERE) return false;
  return CONNECTION_ERRORS.has(name) || (type !== undefined && TRANSIENT_TYPES.has(type));
};

/** Whether the cluster is moving leaders about, or has not told every broker who leads what. */
export const isUnsettled = (error: unknown): boolean => TRANSIENT_TYPES.has(kafkaErrorType(error) ?? '');

/** What a person is told; an error that does not come from Kafka is ours and is thrown on. */
export const describeFailure = (error: unknown, attempted: Attempted): NotCarriedOut => {
  if (!isKafkaError(error)) throw error;
  const root = rootOf(error);
  return { kind: 'not-carried-out', ...(ofProtocol(root, attempted) ?? ofConnection(root, attempted)) };
};

type Told = Omit<NotCarriedOut, 'kind'>;

const ofProtocol = (error: KafkaError, { connection, topic }: Attempted): Told | undefined => {
  const at = connection.brokers.join(',');
  const user = connection.sasl ? `user "${connection.sasl.username}" (${connection.sasl.mechanism.toUpperCase()})` : '';
  if (error.name === 'KafkaJSSASLAuthenticationError')
    return { code: 'SASL_AUTHENTICATION_FAILED', reason: `Kafka at ${at} refused the credentials of ${user}` };
  if (error.name === 'KafkaJSNotImplemented')
    return {
      code: 'TM4202',
      reason: `topic ${topic} holds messages that cannot be read: ${error.message.replace(/ not implemented$/i, '')} is not supported`,
      help: 'let the producer use gzip or no compression',
    };
  const { type } = error;
  if (type === undefined) return undefined;
  switch (type) {
    case 'UNSUPPORTED_SASL_MECHANISM':
      return { code: type, reason: `Kafka at ${at} does not offer ${connection.sasl?.mechanism.toUpperCase()}` };
    case 'ILLEGAL_SASL_STATE':
      return {
        code: type,
        reason: `Kafka at ${at} does not take credentials on this listener`,
        help: 'leave out sasl',
      };
    case 'UNKNOWN_TOPIC_OR_PARTITION':
      return {
        code: type,
        reason: `topic ${topic} does not exist at ${at}, and the broker does not create it`,
        help: 'create it first, for example with kafka.admin.createTopic',
      };
    case 'MESSAGE_TOO_LARGE':
    case 'RECORD_LIST_TOO_LARGE':
      return {
        code: type,
        reason: `the message is larger than topic ${topic} at ${at} accepts`,
        help: "the limit is the topic's max.message.bytes, by default about 1 MiB",
      };
    case 'TOPIC_AUTHORIZATION_FAILED':
    case 'GROUP_AUTHORIZATION_FAILED':
    case 'CLUSTER_AUTHORIZATION_FAILED':
      return { code: type, reason: `Kafka at ${at} does not allow this${user && ` to ${user}`}: ${error.message}` };
    default:
      return { code: type, reason: `Kafka at ${at} refused${topic ? ` for topic ${topic}` : ''}: ${error.message}` };
  }
};

const SAID: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection was refused',
  ENOTFOUND: 'the host name is not known',
  EAI_AGAIN: 'the host name could not be looked up',
  ECONNRESET: 'the connection was closed by the other side',
  ETIMEDOUT: 'there was no answer in time',
  EHOSTUNREACH: 'there is no route to the host',
  ENETUNREACH: 'there is no route to its network',
};

const codeOf = ({ name, message, code }: KafkaError): string => {
  if (typeof code === 'string') return code;
  if (/timeout|timed out/i.test(message)) return 'ETIMEDOUT';
  if (name === 'KafkaJSConnectionClosedError' || /closed/i.test(message)) return 'ECONNRESET';
  return 'TM4201';
};

const ofConnection = (error: KafkaError, { connection }: Attempted): Told => {
  const code = codeOf(error);
  const said = SAID[code] ?? error.message;
  const given = connection.brokers.join(',');
  const { broker } = error;
  if (code === REFUSED_HERE) return { code, reason: error.message.replace(/^Connection error: /, '') };
  if (broker !== undefined && !connection.brokers.includes(broker))
    return {
      code,
      reason: `Kafka at ${given} answered, but names ${broker} as the address to use, and that cannot be reached: ${said}`,
      help: "the broker's advertised.listeners must hold an address that can be reached from here",
    };
  if (code === 'ECONNRESET')
    return {
      code,
      reason: `Kafka at ${broker ?? given} closed the connection`,
      help: connection.tls?.enabled ? 'does this listener speak TLS?' : 'does this listener want tls or sasl?',
    };
  return { code, reason: `no Kafka broker could be reached at ${given}: ${said}` };
};
