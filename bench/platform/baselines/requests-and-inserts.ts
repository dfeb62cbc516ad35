// The floor under recorded steps: undici requests from one process, and beside them plain inserts of the bytes that the same steps
// left in a journal. URL, connections, requests; DATABASE_URL with a table `bench_facts` to insert into and `bench_bodies` to take
// bodies from; without a database nothing is recorded. Prints requests per second, until the last insert is stored.
import pg from 'pg';
import { Pool } from 'undici';

const [, , url = '', connections = '1', count = '0', database = ''] = process.argv;
const target = new Pool(url, { connections: Number(connections) });
const total = Number(count);
const FACTS_PER_STEP = 2;
const STEPS_PER_INSERT = 50;

const request = async (index: number): Promise<void> => {
  const { statusCode, body } = await target.request({ method: 'GET', path: `/users/${index}` });
  const user = (await body.json()) as { total: number };
  if (statusCode !== 200 || user.total !== 59.98) throw new Error(`${index} is wrong`);
};

const recording = async (): Promise<{ readonly step: (index: number) => void; readonly end: () => Promise<void> }> => {
  if (database === '') return { step: () => undefined, end: async () => undefined };
  const pool = new pg.Pool({ connectionString: database, max: 2 });
  const { rows } = await pool.query<{ type: string; body: Buffer }>('select type, body from bench_bodies order by nth');
  let waiting = 0;
  let sent = 0;
  let last: Promise<unknown> = Promise.resolve();
  const insert = (steps: number): Promise<unknown> => {
    const facts = Array.from({ length: steps * FACTS_PER_STEP }, (_, at) => rows[(sent + at) % rows.length]);
    const ids = facts.map((_, at) => `${process.pid}-${sent + at}`);
    sent += facts.length;
    return pool.query(
      'insert into bench_facts (id, type, body) select * from unnest($1::text[], $2::text[], $3::bytea[])',
      [ids, facts.map((fact) => fact?.type), facts.map((fact) => fact?.body)],
    );
  };
  const flush = (): void => {
    const steps = waiting;
    waiting = 0;
    last = last.then(() => insert(steps));
  };
  return {
    step: () => {
      waiting += 1;
      if (waiting === STEPS_PER_INSERT) flush();
    },
    end: async () => {
      if (waiting > 0) flush();
      await last;
      await pool.end();
    },
  };
};

const work = async (): Promise<number> => {
  const { step, end } = await recording();
  const started = performance.now();
  let next = 0;
  const loop = async (): Promise<void> => {
    while (next < total) {
      const index = next++;
      await request(index);
      step(index);
    }
  };
  await Promise.all(Array.from({ length: Number(connections) }, loop));
  await end();
  return (total * 1000) / (performance.now() - started);
};

for (let index = 0; index < 500; index++) await request(index);
console.log(await work());
await target.close();
