// A runner for the test that kills one: starts what its arguments name, says that it has, and then does nothing.
import { actionContext } from '@testmesh/testing';
import { dockerRun } from '../docker-run.ts';

const [runId = '', image = '', network = ''] = process.argv.slice(2);
const outcome = await dockerRun.perform(
  { image, network, volumes: [`${network}-data:/extra`] },
  actionContext({ runId }),
);
process.stdout.write(`${JSON.stringify(outcome)}\n`);
setInterval(() => undefined, 60_000);
