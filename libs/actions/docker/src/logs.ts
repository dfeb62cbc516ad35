import type { Container } from 'dockerode';

/** The text of a log stream: Docker puts eight bytes before each piece, the last four of them its length. */
export const logText = (bytes: Buffer): string => {
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    // A container with a terminal sends its log as it is.
    if (bytes.length - at < 8 || (bytes[at] ?? 9) > 2 || bytes.readUIntBE(at + 1, 3) !== 0)
      return bytes.toString('utf8');
    const length = bytes.readUInt32BE(at + 4);
    pieces.push(bytes.subarray(at + 8, at + 8 + length));
    at += 8 + length;
  }
  return Buffer.concat(pieces).toString('utf8');
};

/** The last lines a container wrote. */
export const lastLines = async (container: Container, lines: number): Promise<string> => {
  const bytes = await container.logs({ stdout: true, stderr: true, tail: lines, follow: false });
  return logText(bytes as Buffer).trimEnd();
};
