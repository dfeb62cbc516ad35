import { randomUUID } from 'node:crypto';
import { canonicalJson, type Envelope, type Value } from '@testmesh/domain';
import { newRunId } from '@testmesh/runtime';
import { median } from '../../measure.ts';
import { type PlatformRow, perSecond } from '../row.ts';
import { WORKSPACE } from '../runs.ts';
import { type Database, freshDatabase } from '../world.ts';

const STREAMS = 50;
const EVENTS = 10;
const ROUNDS = 20;
const PAIRS = 7;

// A fact as a step leaves it behind: a kilobyte.
const envelope = (stream: string, nth: number): Envelope => ({
  id: randomUUID(),
  stream,
  type: 'StepCompleted',
  sv: 1,
  workspace: WORKSPACE,
  epoch: 1,
  actor: 'bench',
  time: 1_790_000_000_000_000 + nth,
  data: { path: `step_${nth}`, text: 'x'.repeat(800) },
});

const streamsOf = (): readonly { readonly stream: string; readonly events: readonly Envelope[] }[] =>
  Array.from({ length: STREAMS }, () => {
    const stream = `run-${newRunId()}`;
    return { stream, events: Array.from({ length: EVENTS * ROUNDS }, (_, nth) => envelope(stream, nth)) };
  });

const INSERT = `insert into bench_events (stream, ver, id, type, body)
  select * from unnest($1::text[], $2::int[], $3::text[], $4::text[], $5::bytea[])`;

/** Appends the same portions twice over: as the journal takes them, and as plain rows. Seconds each. */
const appendOnce = async ({ storage }: Database): Promise<number> => {
  const streams = streamsOf();
  const started = performance.now();
  for (let round = 0; round < ROUNDS; round++) {
    const results = await storage.journal.appendMany(
      streams.map(({ stream, events }) => ({
        stream,
        expectedVer: round * EVENTS,
        epoch: 1,
        events: events.slice(round * EVENTS, (round + 1) * EVENTS),
      })),
    );
    if (results.some(({ outcome }) => outcome !== 'applied')) throw new Error('an append was refused');
  }
  return (performance.now() - started) / 1000;
};

const insertOnce = async ({ pool }: Database): Promise<number> => {
  const streams = streamsOf();
  const started = performance.now();
  for (let round = 0; round < ROUNDS; round++) {
    const rows = streams.flatMap(({ stream, events }) =>
      events
        .slice(round * EVENTS, (round + 1) * EVENTS)
        .map((event, nth) => ({ stream, ver: round * EVENTS + nth + 1, event })),
    );
    await pool.query(INSERT, [
      rows.map(({ stream }) => stream),
      rows.map(({ ver }) => ver),
      rows.map(({ event }) => event.id),
      rows.map(({ event }) => event.type),
      rows.map(({ event }) => Buffer.from(canonicalJson(event as unknown as Value))),
    ]);
  }
  return (performance.now() - started) / 1000;
};

export const appendMany: PlatformRow = {
  name: 'append',
  what: `journal append_many, ${STREAMS} streams × ${EVENTS} events a call`,
  against: '`insert … select unnest` of the same rows into a table with the primary key alone',
  unit: '%',
  target: { least: 70 },
  measure: async () => {
    await using database = await freshDatabase();
    await database.pool.query(`create table bench_events (stream text, ver int, id text not null, type text not null,
      body bytea not null, primary key (stream, ver))`);
    await appendOnce(database);
    await insertOnce(database);
    const pairs: { ours: number; raw: number }[] = [];
    for (let pair = 0; pair < PAIRS; pair++) {
      pairs.push({ ours: await appendOnce(database), raw: await insertOnce(database) });
    }
    const events = STREAMS * EVENTS * ROUNDS;
    return [
      {
        ours: perSecond(events / median(pairs.map(({ ours }) => ours)), 'events'),
        baseline: perSecond(events / median(pairs.map(({ raw }) => raw)), 'rows'),
        figure: median(pairs.map(({ ours, raw }) => (100 * raw) / ours)),
      },
    ];
  },
};
