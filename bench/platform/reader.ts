// Asks for pages, one after another, and reads each to the end. A process of its own: where they were asked from the process that
// filled the database, its collector of garbage was most of the slowest answers.
import { Pool } from 'undici';

export interface Asked {
  readonly origin: string;
  readonly authorization: string;
  readonly paths: readonly string[];
}

/** What each took, to its last byte, or why one was not answered. */
export type Answered = readonly { readonly ms: number; readonly bytes: number }[] | { readonly problem: string };

const times = async ({ origin, authorization, paths }: Asked): Promise<Answered> => {
  const client = new Pool(origin, { connections: 1 });
  const answers: { ms: number; bytes: number }[] = [];
  for (const path of paths) {
    const started = performance.now();
    const { statusCode, body } = await client.request({ method: 'GET', path, headers: { authorization } });
    let bytes = 0;
    for await (const chunk of body) bytes += (chunk as Buffer).length;
    if (statusCode !== 200) return { problem: `GET ${path}: ${statusCode}` };
    answers.push({ ms: performance.now() - started, bytes });
  }
  await client.close();
  return answers;
};

process.once('message', async (asked: Asked) => {
  process.send?.(await times(asked).catch((error: Error): Answered => ({ problem: error.message })));
  process.disconnect();
});
