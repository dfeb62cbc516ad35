import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type HealthServer, serveHealth } from './health.ts';

let health: HealthServer;
beforeEach(async () => {
  health = await serveHealth('executor', 0);
});
afterEach(() => health.close());

const ask = async (path: string) => {
  const response = await fetch(`http://127.0.0.1:${health.port}${path}`);
  return { status: response.status, text: await response.text() };
};

test('a service lives before it is ready', async () => {
  expect(await ask('/health/live')).toEqual({ status: 200, text: '{"service":"executor","status":"ok"}' });
  expect((await ask('/health/ready')).status).toBe(503);
  health.setReady(true);
  expect((await ask('/health/ready')).status).toBe(200);
});

test('it is ready when every need is met, and says which is not', async () => {
  health.setReady(true);
  health.needs('database', async () => undefined);
  expect((await ask('/health/ready')).status).toBe(200);
  health.needs('bus', () => Promise.reject(new Error('broker at 10.0.0.1 refused admin/secret')));
  const { status, text } = await ask('/health/ready');
  expect(status).toBe(503);
  expect(JSON.parse(text)).toEqual({ service: 'executor', status: 'error', unmet: ['bus'] });
});

test('a need that never answers is not met, after two seconds', async () => {
  health.setReady(true);
  health.needs('database', () => new Promise(() => undefined));
  expect((await ask('/health/ready')).status).toBe(503);
});

test('more pages can be served; others are not there', async () => {
  health.page('/metrics', async () => ({ contentType: 'text/plain', text: 'runs 1\n' }));
  expect(await ask('/metrics')).toEqual({ status: 200, text: 'runs 1\n' });
  expect((await ask('/secret')).status).toBe(404);
});
