import { expect, test } from '@jest/globals';
import { openRouting, resealedRouting, sealedRouting, shownRouting } from './sealed-services.ts';
import { aesSealer } from './sealing.ts';

const key = (fill: number) => new Uint8Array(32).fill(fill);
const first = aesSealer({ current: 'k1', keys: new Map([['k1', key(1)]]) });
const second = aesSealer({
  current: 'k2',
  keys: new Map([
    ['k2', key(2)],
    ['k1', key(1)],
  ]),
});
const alone = aesSealer({ current: 'k2', keys: new Map([['k2', key(2)]]) });
const how = { workspace: 'w', sealer: first, before: {} };

test.each([
  ['postgres://app:s3cr/t@@db:5432/shop', 'postgres://app:********@db:5432/shop'],
  ['redis://:s3cret@cache:6379', 'redis://:********@cache:6379'],
  ['rediss://u%40x:p%3Aw@cache', 'rediss://u%40x:********@cache'],
  [
    'jdbc:postgresql://db/shop?user=a&password=s3cret&ssl=true',
    'jdbc:postgresql://db/shop?user=a&password=********&ssl=true',
  ],
  ['host=db user=a password=s3cret dbname=x', 'host=db user=a password=******** dbname=x'],
  [
    'postgres://app@myserver:s3cret@myserver.example:5432/app',
    'postgres://app@myserver:********@myserver.example:5432/app',
  ],
  ['postgres://app:${DB_PASS:s3cret}@db/app', 'postgres://app:********@db/app'],
  ['postgres://app:${DB_PASS}@/app?host=/cloudsql/p:r:i', 'postgres://app:${DB_PASS}@/app?host=/cloudsql/p:r:i'],
  ['http://api.example:8080/v1', 'http://api.example:8080/v1'],
])('S1: %s is shown as %s', (address, shown) => {
  const kept = sealedRouting({ services: { s: address } }, how);
  expect(shownRouting(kept ?? {})).toEqual({ services: { s: shown } });
  expect(JSON.stringify(kept)).not.toMatch(/s3cr|p%3Aw/);
  expect(openRouting(kept ?? {}, 'w', first)).toEqual({ services: { s: address } });
});

test('S2: what is sent back as it was shown stays; a mask for an address that is not known is refused', () => {
  const kept = sealedRouting({ services: { s: 'redis://:s3cret@cache' } }, how) ?? {};
  const again = sealedRouting(shownRouting(kept), { ...how, before: kept }) ?? {};
  expect(openRouting(again, 'w', first).services).toEqual({ s: 'redis://:s3cret@cache' });
  const moved = { services: { s: 'redis://:********@elsewhere.example' } };
  expect(sealedRouting(moved, { ...how, before: kept })).toBeUndefined();
  expect(sealedRouting({ services: { t: 'redis://:********@cache' } }, { ...how, before: kept })).toBeUndefined();
});

test('a new master key seals them anew, those that were kept in clear as well, and then the old one opens nothing', () => {
  const kept = sealedRouting({ services: { s: 'redis://:s3cret@cache' } }, how) ?? {};
  const anew = resealedRouting(kept, 'w', second) ?? {};
  expect(openRouting(anew, 'w', alone).services).toEqual({ s: 'redis://:s3cret@cache' });
  expect(resealedRouting(anew, 'w', second)).toBeUndefined();
  const clear = resealedRouting({ services: { s: 'redis://:s3cret@cache' } }, 'w', second);
  expect(JSON.stringify(clear)).not.toContain('s3cret');
});
