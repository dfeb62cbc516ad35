// fast-check as specs get it. `npm test` gives it a seed, so that one commit is judged the same however often it is judged;
// everywhere else the cases are new each time, and what they find is told with its seed.
import fc from '../../node_modules/fast-check/lib/fast-check.js';

const seed = process.env.TESTMESH_TEST_SEED;
if (seed !== undefined) fc.configureGlobal({ seed: Number(seed) });

export default fc;
