// Brings infrastructure up, tells the test its addresses, and then waits to be killed.
import { startInfra } from './infra.ts';
import type { PieceName } from './vocabulary.ts';

const need = (process.argv[2] ?? '').split(',') as PieceName[];
const infra = await startInfra({ need, ownOnly: true });
process.send?.(infra);
