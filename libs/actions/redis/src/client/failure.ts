import { isNativeError } from 'node:util/types';
import type { ActionOutcome } from '@testmesh/action-kit';
import { refusalWithin } from '@testmesh/outbound';

export type NotCarriedOut = Extract<ActionOutcome, { kind: 'not-carried-out' }>;

const CONNECTION: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection was refused',
  ENOTFOUND: 'the host name is not known',
  EAI_AGAIN: 'the host name could not be looked up',
  ETIMEDOUT: 'there was no answer in time',
  EHOSTUNREACH: 'there is no route to the host',
  ENETUNREACH: 'there is no route to its network',
  ENOENT: 'there is no such socket',
};

const REPLY = /^([A-Z][A-Z0-9]+) /;
const isReply = (error: Error): boolean => error.name === 'ReplyError';

/** What a person is told; an error that comes neither from Redis nor from the network is ours and is thrown on. */
export const describeFailure = (error: unknown, { at, doing }: { at: string; doing: string }): NotCarriedOut => {
  // Not `instanceof`: a driver's error may come from another realm.
  if (!isNativeError(error)) throw error;
  const refused = refusalWithin(error);
  if (refused !== undefined) return { kind: 'not-carried-out', ...refused };
  const told = isReply(error) ? ofReply(error, at, doing) : ofConnection(error as NodeJS.ErrnoException, at, doing);
  if (told === undefined) throw error;
  return { kind: 'not-carried-out', ...told };
};

type Told = Omit<NotCarriedOut, 'kind'>;

const ofReply = ({ message }: Error, at: string, doing: string): Told => {
  const [, code = 'ERR'] = REPLY.exec(message) ?? [];
  const rest = message.replace(REPLY, '');
  switch (code) {
    case 'NOAUTH':
      return { code, reason: `Redis at ${at} wants a password`, help: 'give `password`, or put it into the url' };
    case 'WRONGPASS':
      return { code, reason: `Redis at ${at} refused the user name or password` };
    case 'NOPERM':
      return { code, reason: `Redis at ${at} does not allow ${doing}: ${rest}` };
    case 'WRONGTYPE':
      return {
        code,
        reason: `${doing} at ${at} was refused: the key holds another kind of value`,
        help: 'redis.type tells which',
      };
    case 'LOADING':
      return { code, reason: `Redis at ${at} is still loading its data` };
    case 'MOVED':
    case 'ASK':
      return { code, reason: `Redis at ${at} is one node of a cluster and does not hold this key (${message})` };
    default:
      return { code, reason: `Redis at ${at} refused ${doing}: ${rest}` };
  }
};

const ofConnection = (error: NodeJS.ErrnoException, at: string, doing: string): Told | undefined => {
  const { message } = error;
  const code = error.code ?? (/timed? ?out/i.test(message) ? 'ETIMEDOUT' : undefined);
  if (code === 'ECONNRESET' || code === 'EPIPE' || /connection is closed|stream isn't writeable/i.test(message))
    return { code: 'ECONNRESET', reason: `the connection to Redis at ${at} was lost during ${doing}` };
  if (code === undefined) return undefined;
  if (CONNECTION[code] === undefined && !/^(E[A-Z]+|ERR_|SELF_SIGNED|DEPTH_|UNABLE_|CERT_)/.test(code))
    return undefined;
  return { code, reason: `Redis at ${at} could not be reached: ${CONNECTION[code] ?? message}` };
};
