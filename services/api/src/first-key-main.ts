import { systemClock } from '@testmesh/runtime';
import { endWith, processLog, serviceSettings, storageOf } from '@testmesh/service-kit';
import { firstKey } from './first-key.ts';

// Prints the first API key of a new installation, once; no service ever writes a key to its log.
//   DATABASE_URL, TESTMESH_ENCRYPTION_KEYS: as for every service, see docs/server.md

const log = processLog('first-key');
try {
  await using opened = new AsyncDisposableStack();
  const storage = await storageOf(serviceSettings(process.env), { application: 'first-key', log, clock: systemClock });
  opened.defer(storage.close);
  const key = await firstKey(storage);
  if (key === undefined) {
    process.stderr.write('there is a key already: make more with POST /api/v1/api-keys, or `testmesh login`\n');
    process.exitCode = 1;
  } else process.stdout.write(`${key}\n`);
} catch (error) {
  endWith(log, error);
}
