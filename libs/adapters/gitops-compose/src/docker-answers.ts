import type Docker from 'dockerode';

/** The HTTP status the daemon answered with; undefined for an error that is not its answer. */
export const statusOf = (error: unknown): number | undefined => {
  const { statusCode } = error as { statusCode?: unknown };
  return typeof statusCode === 'number' ? statusCode : undefined;
};

/** What the daemon said, without the client's own prefix. */
export const saidBy = (error: unknown): string => {
  const { json, message } = error as { json?: { message?: unknown } | null; message?: string };
  return typeof json?.message === 'string' ? json.message : String(message ?? error);
};

/** What there is, or `undefined` where the daemon says that it is not there. */
export const ifThere = async <Found>(asked: Promise<Found>): Promise<Found | undefined> => {
  try {
    return await asked;
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
};

/** The newest lines that a container wrote. */
export const lastLines = async (container: Docker.Container, abortSignal: AbortSignal): Promise<string> => {
  const written = await ifThere(container.logs({ stdout: true, stderr: true, tail: 5, abortSignal }));
  return written === undefined ? '' : withoutFrames(written).replaceAll(/\s+/g, ' ').trim().slice(-500);
};

/** Docker puts eight bytes before each piece: which stream, and how long it is. */
const withoutFrames = (written: Buffer): string => {
  const pieces: string[] = [];
  for (let at = 0; at + 8 <= written.length; ) {
    const length = written.readUInt32BE(at + 4);
    pieces.push(written.subarray(at + 8, at + 8 + length).toString('utf8'));
    at += 8 + length;
  }
  return pieces.join('');
};
