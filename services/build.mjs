// Bundles every service into services/dist/, as container images run them.
import { fileURLToPath } from 'node:url';
import { bundle } from '../tools/bundling.mjs';

await bundle(fileURLToPath(new URL('.', import.meta.url)), {
  entryPoints: {
    api: 'api/src/main.ts',
    'first-key': 'api/src/first-key-main.ts',
    migrate: 'api/src/migrate-main.ts',
    backup: 'api/src/backup-main.ts',
    restore: 'api/src/restore-main.ts',
    scheduler: 'scheduler/src/main.ts',
    executor: 'executor/src/main.ts',
    graph: 'graph/src/main.ts',
    'rebuild-views': 'graph/src/rebuild-main.ts',
    'env-manager': 'env-manager/src/main.ts',
  },
});
