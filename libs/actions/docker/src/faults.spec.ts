import { expect, test } from '@jest/globals';
import type { Value } from '@testmesh/domain';
import { containerFaults } from './faults.ts';

const look = { isOpen: (text: string) => text.includes('${'), patternProblem: () => undefined };
const places = (config: Record<string, Value>) => containerFaults(config, look).map(({ path }) => path.join('.'));

test.each(['Bad Image!!', 'Postgres:16', 'postgres:', 'a//b', 'postgres:16 alpine', '-a'])(
  '%s is no image',
  (image) => {
    expect(places({ image })).toEqual(['image']);
  },
);

test.each([
  'postgres',
  'postgres:16-alpine',
  'localhost:5000/shop/api_v2:1.0',
  'ghcr.io/Owner.Name/x'.toLowerCase(),
  'Registry.example.com:443/a/b__c',
  `redis@sha256:${'a'.repeat(64)}`,
  `sha256:${'a'.repeat(64)}`,
  '${IMAGE}',
])('%s may be one', (image) => {
  expect(places({ image })).toEqual([]);
});

test.each<[Value]>([[['abc']], [{ '5432': 'x' }], [['80:80:80:80']], [{ '70000': '0' }]])(
  '%j are no ports',
  (ports) => {
    expect(places({ ports })).toEqual(['ports']);
  },
);

test.each<[Value]>([
  [['8080:80', '127.0.0.1::53/udp', '${PORT}:80']],
  [{ '5432': '0', '${P}': 'x' }],
  [{ '80': 8080 }],
])('%j may be ports', (ports) => {
  expect(places({ ports })).toEqual([]);
});
