// Whether a server that speaks a known protocol is ready to serve, by its own first answer.
import type { KnownImage } from '../known-image.ts';
import { converse, silence } from './conversation.ts';
import { notYet, type Probe, READY, type Sighting } from './probe.ts';

const PATIENCE_MS = 3000;
// The proxy that publishes a port accepts for a container that does not listen yet, and closes in the next moment.
const HELD_MS = 250;

/** The probe for what is known to run in a container. */
export const protocolProbe = (image: KnownImage, host: string, port: number): Probe => {
  switch (image.kind) {
    case 'postgres':
      return postgres(image, host, port);
    case 'redis':
      return redis(host, port);
    case 'mysql':
      return mysql(host, port);
    case 'mongo':
      return portProbe(host, port);
  }
};

/** A port that accepts a connection and keeps it. */
export const portProbe = (host: string, port: number): Probe => ({
  what: `${host}:${port} to accept connections`,
  async look(signal) {
    const heard = await converse({ host, port, enough: () => true, patienceMs: HELD_MS }, signal);
    return heard.kind === 'silent' || heard.kind === 'heard' ? READY : notYet(silence(heard));
  },
});

// The server that initdb runs listens on no TCP port, so an answer comes from the real one. It asks for a password,
// or lets in, when it is ready; while it recovers it answers with an error of class 57P03.
const postgres = ({ user = 'postgres', database = user }: KnownImage, host: string, port: number): Probe => ({
  what: `PostgreSQL on ${host}:${port}`,
  async look(signal) {
    const say = startupMessage(user, database);
    const heard = await converse({ host, port, say, enough: isWholeMessage, patienceMs: PATIENCE_MS }, signal);
    return heard.kind === 'heard' ? postgresAnswer(heard.bytes) : notYet(silence(heard));
  },
});

const isWholeMessage = (bytes: Buffer): boolean => bytes.length >= 5 && bytes.length >= 1 + bytes.readInt32BE(1);

export const startupMessage = (user: string, database: string): Buffer => {
  const parameters = Buffer.from(`user\0${user}\0database\0${database}\0\0`);
  const head = Buffer.alloc(8);
  head.writeInt32BE(head.length + parameters.length, 0);
  head.writeInt32BE(196_608, 4); // protocol 3.0
  return Buffer.concat([head, parameters]);
};

export const postgresAnswer = (bytes: Buffer): Sighting => {
  const kind = String.fromCharCode(bytes[0] ?? 0);
  if (kind === 'R') return READY;
  if (kind !== 'E') return notYet('it answered with something that is not PostgreSQL');
  const fields = bytes.subarray(5).toString('utf8').split('\0');
  const field = (letter: string): string => fields.find((each) => each.startsWith(letter))?.slice(1) ?? '';
  // Class 57: the server is starting, stopping or recovering. Any other refusal comes from a server that is up.
  return field('C').startsWith('57') ? notYet(`${field('M')} (${field('C')})`) : READY;
};

const redis = (host: string, port: number): Probe => ({
  what: `Redis on ${host}:${port}`,
  async look(signal) {
    const say = Buffer.from('PING\r\n');
    const enough = (bytes: Buffer): boolean => bytes.includes('\n');
    const heard = await converse({ host, port, say, enough, patienceMs: PATIENCE_MS }, signal);
    return heard.kind === 'heard' ? redisAnswer(heard.bytes.toString('utf8')) : notYet(silence(heard));
  },
});

/** It is up when it answers, or asks who we are. */
export const redisAnswer = (text: string): Sighting =>
  /^(?:\+PONG|-NOAUTH|-NOPERM)/.test(text) ? READY : notYet(`it answered ${JSON.stringify(text.trim())}`);

// MySQL and MariaDB greet first; while they prepare their data they listen on no TCP port.
const mysql = (host: string, port: number): Probe => ({
  what: `MySQL on ${host}:${port}`,
  async look(signal) {
    const enough = (bytes: Buffer): boolean => bytes.length > 4;
    const heard = await converse({ host, port, enough, patienceMs: PATIENCE_MS }, signal);
    if (heard.kind !== 'heard') return notYet(silence(heard));
    return heard.bytes[4] === 0x0a
      ? READY
      : notYet(`it answered ${JSON.stringify(heard.bytes.subarray(7).toString())}`);
  },
});
