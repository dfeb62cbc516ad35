import { expect, test } from '@jest/globals';
import { composeServices } from './compose-file.ts';
import { type ContainerState, judged, mayStart } from './judgement.ts';

const services = composeServices({
  where: 'shop.yaml',
  value: {
    services: {
      db: { image: 'x' },
      migrate: { image: 'x', depends_on: { db: { condition: 'service_healthy' } } },
      api: {
        image: 'x',
        depends_on: { db: {}, migrate: { condition: 'service_completed_successfully' } },
      },
    },
  },
});

const running: ContainerState = {
  id: 'c',
  status: 'running',
  ranForMs: 2000,
  exitCode: 0,
  isOutOfMemory: false,
  ports: {},
};
const health = (status: string, said = ''): ContainerState => ({ ...running, health: { status, said } });
const ended = (exitCode: number, rest: Partial<ContainerState> = {}): ContainerState => ({
  ...{ ...running, status: 'exited', exitCode },
  ...rest,
});
const well = { db: health('healthy'), migrate: ended(0), api: running };
const judge = (states: Record<string, ContainerState>) => judged(services, new Map(Object.entries(states)));

test('is healthy when services run, are healthy where they can say so, and what others wait for has ended well', () => {
  expect(judge(well)).toEqual({ health: 'healthy' });
});

test('is on its way while anything is to come, and says what', () => {
  expect(judge({ db: health('starting', 'no answer') })).toEqual({
    health: 'progressing',
    message:
      'the service "db" is not healthy yet: no answer; the service "migrate" is not made yet; the service "api" is not made yet',
  });
  expect(judge({ ...well, api: { ...running, status: 'created' } }).health).toBe('progressing');
  expect(judge({ ...well, api: { ...running, ranForMs: 1999 } })).toEqual({
    ...{ health: 'progressing', message: 'the service "api" was started this moment, and has no health check' },
  });
});

test('will not become well once a service has ended, is unhealthy, or was paused', () => {
  const message = (states: Record<string, ContainerState>) => {
    const found = judge({ ...well, ...states });
    return found.health === 'degraded' ? found.message : found.health;
  };
  expect(message({ api: ended(1, { lines: 'cannot read /config' }) })).toBe(
    'the service "api" ended with exit code 1; it wrote last: cannot read /config',
  );
  expect(message({ api: ended(137, { isOutOfMemory: true }) })).toMatch(/ended because its memory was used up$/);
  expect(message({ api: ended(0) })).toMatch(/"api" ended with exit code 0$/);
  expect(message({ migrate: ended(2) })).toMatch(/"migrate" ended with exit code 2$/);
  expect(message({ db: health('unhealthy', 'refused') })).toBe('the service "db" is unhealthy: refused');
  expect(message({ db: running })).toMatch(/"db" has no health check, and others wait for it/);
  expect(message({ api: { ...running, status: 'paused' } })).toBe('the service "api" is paused');
});

test('what is wrong goes before what is to come', () => {
  expect(judge({ db: health('healthy'), migrate: ended(1) })).toMatchObject({ health: 'degraded' });
});

test('a service starts when everything it waits for is as it wants it', () => {
  const starts = (name: string, states: Record<string, ContainerState>): boolean => {
    const service = services.get(name);
    return service !== undefined && mayStart(service, new Map(Object.entries(states)));
  };
  expect(starts('db', {})).toBe(true);
  expect(starts('migrate', { db: health('starting') })).toBe(false);
  expect(starts('migrate', { db: running })).toBe(false);
  expect(starts('migrate', { db: health('healthy') })).toBe(true);
  expect(starts('api', { db: running, migrate: running })).toBe(false);
  expect(starts('api', { db: running, migrate: ended(1) })).toBe(false);
  expect(starts('api', { db: running, migrate: ended(0) })).toBe(true);
});
