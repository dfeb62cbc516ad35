import { status as Status } from '@grpc/grpc-js';
import { GrpcProblem } from './problem.ts';

// What the client itself says when there is no connection; a server's own UNAVAILABLE reads otherwise.
const NO_CONNECTION =
  /^(?:No connection established|Name resolution failed|Failed to parse|No address|Failed to connect)/;
const LOST_CONNECTION =
  /^(?:Connection dropped|Stream removed|read E|write E|Failed to start HTTP\/2 stream|Received RST_STREAM|Stream closed|Protocol error)/;
const SYSTEM_CODE = /\b(E[A-Z]{4,}|[A-Z]+_[A-Z_]*CERT[A-Z_]*|ERR_[A-Z_]+)\b/;

interface Ended {
  readonly code: number;
  readonly details: string;
}

/** Tells a server that cannot be reached from one that answered; undefined when it answered. */
export const connectionTrouble = ({ code, details }: Ended, address: string): GrpcProblem | undefined => {
  const lost =
    LOST_CONNECTION.test(details) &&
    [Status.UNAVAILABLE, Status.INTERNAL, Status.CANCELLED, Status.UNKNOWN].includes(code);
  if (!lost && !(code === Status.UNAVAILABLE && NO_CONNECTION.test(details))) return undefined;
  const cause = details.replace(/^No connection established\. Last error: /, '');
  const reason = lost ? `the connection to ${address} was lost during the call` : `${address} could not be reached`;
  return new GrpcProblem(SYSTEM_CODE.exec(details)?.[1] ?? 'UNAVAILABLE', `${reason} (${cause})`);
};
