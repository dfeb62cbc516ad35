import { expect, test } from '@jest/globals';
import type { RunEvent } from '@testmesh/domain';
import { fakeAction, flow, ok, stepOf } from '@testmesh/testing';
import { type Case, inherited, own, reportOf } from '../past/take-over.fixture.ts';

const { action } = stepOf;
const TOKEN = 'tok-3f9a77c1e2';
const PASSWORD = 'pw-8841-xyz!';
const NEW = { history: [] };

/** Captures a secret, learns another from a config and a third from an action, and needs all of them later. */
const secretive: Case = {
  name: 'secrets',
  flow: flow({
    secrets: ['token'],
    text: `flow: {} # ${TOKEN} ${PASSWORD} told-4711-by-action`,
    env: { at: `postgres://app:${PASSWORD}@db/shop` },
    steps: [
      action('login', {
        config: { body: { token: TOKEN } },
        assert: ['body.token != null'],
        output: { token: 'body.token' },
      }),
      action('connect', { config: { connection: '${at}', token: 'told-4711-by-action', echo: 'told-4711-by-action' } }),
      action('use', {
        config: { bearer: 'Bearer ${token}', again: '${connect.echo}', n: `${PASSWORD} in passing` },
        assert: [`bearer == "Bearer ${TOKEN}"`, 'again == "told-4711-by-action"'],
      }),
      action('wrong', { config: { token: '${token}' }, assert: ['token == "x"'], onError: 'continue' }),
      action('told', { config: { message: '${wrong.error.message}' }, assert: [`message contains "${TOKEN}"`] }),
    ],
    teardown: [action('logout', { config: { of: '${token}' }, assert: [`of == "${TOKEN}"`] })],
  }),
};

const leaked = (events: readonly RunEvent[]): string[] => {
  const text = JSON.stringify(events);
  return [TOKEN, PASSWORD, 'told-4711-by-action'].filter((secret) => text.includes(secret));
};

test('E44, E45: the next owner has the real values, and nothing leaks whoever masks', async () => {
  const whole = await own(secretive);
  expect(whole.outcome.verdict).toBe('passed');
  expect(leaked(whole.events)).toEqual([]);
  for (let count = 0; count <= whole.events.length; count++) {
    const left = inherited(NEW, whole, count);
    const next = await own(secretive, left);
    expect(leaked(next.events)).toEqual([]);
    expect(next.outcome).toEqual(whole.outcome);
    expect(reportOf([...left.history, ...next.events])).toEqual(reportOf(whole.events));
  }
});

test('E44: what is kept comes after the facts before it and before its own', async () => {
  const order: string[] = [];
  await own(secretive, NEW, {
    recorder: {
      record: (event) => void order.push('path' in event ? `${event.type} ${event.path}` : event.type),
      durable: async () => void order.push('durable'),
    },
    keepSecret: async (name) => void order.push(name),
  });
  const at = order.indexOf('StepStarted login');
  const expected = ['StepStarted login', 'durable', 'needles', 'step:login', 'StepCompleted login'];
  expect(order.slice(at, at + 5)).toEqual(expected);
});

test('E44: a step without secrets keeps nothing, and a secret nobody looks into is not kept', async () => {
  const plain = await own({
    name: 'plain',
    flow: flow({ steps: [action('a', { config: { n: 1 }, assert: ['n == 1'] })] }),
  });
  expect(plain.kept).toEqual([]);
  const unseen = flow({
    secrets: ['T'],
    env: { T: TOKEN },
    mentions: [],
    steps: [action('a', { config: { n: '${T}' }, assert: ['n != null'] })],
  });
  expect((await own({ name: 'unseen', flow: unseen })).kept.map(({ name }) => name)).toEqual(['needles']);
});

test('E44: what was kept for an end that nobody heard of is not taken for that of the next', async () => {
  let tokens = ['first-token-77', 'no'];
  const actions = { do: fakeAction(async (_config, { secret }) => ok({ token: said(tokens, secret) })) };
  const each = flow({
    steps: [
      action('login', { output: { token: 'token' } }),
      action('use', { action: 'echo', config: { got: '${token}' }, assert: ['got == "no"'] }),
    ],
  });
  const echo = fakeAction((config) => ok(config));
  const port = (type: string) => async (asked: string) => (asked === type ? actions.do : echo);
  const first = await own({ name: 'one', flow: each }, NEW, { action: port('do') });
  tokens = tokens.slice(1);
  const lost = inherited(NEW, first, 3);
  const kept = new Map(first.kept.map(({ name, value }) => [name, value]));
  const second = await own({ name: 'two', flow: each }, { ...lost, kept }, { action: port('do') });
  const ended = second.events.findIndex(({ type }) => type === 'StepCompleted') + 1;
  const third = await own({ name: 'three', flow: each }, inherited({ ...lost, kept }, second, ended), {
    action: port('do'),
  });
  expect(third.outcome.verdict).toBe('passed');
});

const said = ([token = '']: readonly string[], secret: (text: string) => void): string => {
  if (token.length > 3) secret(token);
  return token;
};

test('E44: a run that begins anew takes nothing of what was kept before', async () => {
  const first = await own(secretive);
  const left = inherited(NEW, first, first.events.length - 2);
  const history: RunEvent[] = [...left.history, { type: 'RunRestarted', reason: 'executor lost' }];
  const second = await own(secretive, { ...left, history });
  expect(second.outcome).toEqual(first.outcome);
  expect(second.kept.map(({ name }) => name)).toContain('2/step:login');
  const third = await own(secretive, inherited({ ...left, history }, second, second.events.length - 2));
  expect(third.outcome).toEqual(first.outcome);
  expect(leaked([...second.events, ...third.events])).toEqual([]);
});

test('E2: a run whose secrets cannot be kept is lost like one whose facts cannot', async () => {
  const keepSecret = async () => Promise.reject(new Error('the vault is sealed'));
  await expect(own(secretive, NEW, { keepSecret })).rejects.toThrow('the vault is sealed');
});
