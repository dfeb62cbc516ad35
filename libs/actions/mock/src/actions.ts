import { type ActionOutcome, defineAction } from '@testmesh/action-kit';
import type { Endpoint } from './config.ts';
import { unusable } from './matching.ts';
import { startMockServer } from './mock-server.ts';
import { MOCK_SERVER, MockProblem, registry, serverOf } from './registry.ts';
import {
  mockServerConfigureSchema,
  mockServerResetSchema,
  mockServerStartSchema,
  mockServerStopSchema,
  mockServerVerifySchema,
} from './schema.ts';
import { countedCalls, seen, shown, unusableExpectation, verified } from './verify.ts';

export const mockServerStart = defineAction({
  schema: mockServerStartSchema,
  run: ({ name, endpoints = [], state = {}, host, port }, context) =>
    carriedOut(async () => {
      mustBeUsable(endpoints);
      const refusal = context.outbound?.listening(host);
      if (refusal !== undefined) throw new MockProblem(refusal.code, refusal.reason, refusal.help);
      const servers = await registry(context);
      const id = context.random.uuid();
      const called = name ?? `mock-${id.slice(0, 8)}`;
      if ([...servers].some((server) => server.name === called))
        throw new MockProblem(
          'TM4602',
          `this run already has a mock server ${called}`,
          'stop it first, or take another name',
        );
      const server = await context.use(
        { kind: MOCK_SERVER, key: id, bound: true },
        () =>
          startMockServer({ id, name: called, host, port, endpoints, state }, context).catch(notStarted(host, port)),
        async (opened) => {
          servers.delete(opened);
          await opened.close();
        },
      );
      servers.add(server);
      const base_url = `http://${server.host}:${server.port}`;
      const output = { server_id: id, name: called, base_url, host: server.host, port: server.port, status: 'running' };
      return { kind: 'completed', output, exchange: { kind: 'mock', summary: `mock server ${called} at ${base_url}` } };
    }),
});

export const mockServerConfigure = defineAction({
  schema: mockServerConfigureSchema,
  run: ({ server: named, endpoints = [], state, replace }, context) =>
    carriedOut(async () => {
      mustBeUsable(endpoints);
      const server = await serverOf(named, context);
      if (endpoints.length > 0 || replace) server.configure(endpoints, replace);
      if (state !== undefined) server.mergeState(state);
      return {
        kind: 'completed',
        output: { server_id: server.id, endpoints_added: endpoints.length, status: 'configured' },
      };
    }),
});

export const mockServerVerify = defineAction({
  schema: mockServerVerifySchema,
  run: ({ server: named, assertions }, context) =>
    carriedOut(async () => {
      for (const expected of assertions) {
        const problem = unusableExpectation(expected);
        if (problem !== undefined)
          throw new MockProblem('TM4603', `${expected.path}: ${problem}`, undefined, 'assertions');
      }
      const server = await serverOf(named, context);
      const calls = countedCalls(server);
      const implied = assertions.map((expected) => verified(expected, calls));
      const failed = implied.filter(({ passed }) => !passed).length;
      const summary = `${server.name} received ${calls.length} requests; ${failed} of ${implied.length} expectations failed`;
      return {
        kind: 'completed',
        output: { server_id: server.id, verified: failed === 0, count: calls.length, calls: calls.map(shown) },
        implied,
        exchange: { kind: 'mock', summary, seen: seen(calls) },
      };
    }),
});

export const mockServerReset = defineAction({
  schema: mockServerResetSchema,
  run: ({ server: named, state, calls }, context) =>
    carriedOut(async () => {
      const server = await serverOf(named, context);
      server.reset(state, calls);
      return { kind: 'completed', output: { server_id: server.id, status: 'reset' } };
    }),
});

export const mockServerStop = defineAction({
  schema: mockServerStopSchema,
  run: ({ server: named }, context) =>
    carriedOut(async () => {
      const server = await serverOf(named, context);
      await context.release(MOCK_SERVER, server.id);
      return { kind: 'completed', output: { server_id: server.id, status: 'stopped', count: server.log.all().length } };
    }),
});

const carriedOut = async (work: () => Promise<ActionOutcome>): Promise<ActionOutcome> => {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof MockProblem)) throw error;
    const { code, message, help, at } = error;
    return { kind: 'not-carried-out', code, reason: message, ...(help !== undefined && { help }), ...(at && { at }) };
  }
};

const mustBeUsable = (endpoints: readonly Endpoint[]): void => {
  for (const { method, path, match } of endpoints) {
    const problem = match && unusable(match);
    if (problem !== undefined) throw new MockProblem('TM4603', `${method} ${path}: ${problem}`, undefined, 'endpoints');
  }
};

const notStarted =
  (host: string, port: number) =>
  (error: NodeJS.ErrnoException): never => {
    const why = error.code === 'EADDRINUSE' ? 'the port is in use' : error.code;
    const help = error.code === 'EADDRINUSE' ? '`port: 0` picks a free one' : undefined;
    if (error.code === undefined) throw error;
    throw new MockProblem(error.code, `the mock server cannot listen on ${host}:${port}: ${why}`, help);
  };
