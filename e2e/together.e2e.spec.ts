import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { describeWith } from '../tools/testing/real.ts';
import { projectFolder, root, testmesh } from './support/cli.ts';
import { type RunningDemo, startDemo } from './support/demo.ts';

const TIMES = 50;

// One environment for both flows: what `local` and `notifications` say, together.
const environment = `name: both
variables:
  ORDER_SERVICE: "\${TESTMESH_DEMO_ORDER_URL}"
  AUTH_TOKEN: { value: local-demo-token, is_secret: true }
routing:
  services:
    user-api: "\${TESTMESH_DEMO_USER_URL}"
    product-api: "\${TESTMESH_DEMO_PRODUCT_URL}"
    order-api: "\${TESTMESH_DEMO_ORDER_URL}"
  overrides:
    database_query:
      connection: "\${TESTMESH_DEMO_POSTGRES_URL}?options=-c%20search_path%3Dnotification_service"
      poll: { timeout: 5s, interval: 50ms }
    kafka_consumer:
      brokers: "\${TESTMESH_DEMO_KAFKA_BROKERS}"
`;

const seed = (name: string): string => readFileSync(join(root, 'examples/seeds', name), 'utf8');

describeWith('postgres', 'flows that look at the same topics', (postgres) => {
  describeWith('kafka', 'with events', (kafka) => {
    describeWith('redis', 'with a cache', (redis) => {
      let running: RunningDemo;
      beforeAll(async () => {
        running = await startDemo(postgres, kafka, redis);
      }, 90_000);
      afterAll(() => running?.demo.stop());

      test(`run together ${TIMES} times without seeing each other's messages`, async () => {
        await using folder = await projectFolder({
          'environments/both.yaml': environment,
          'place-order.yaml': seed('place-order.yaml'),
          // Twice, so that two runs publish to and read from one topic at the same moment.
          'one/order-creates-notification.yaml': seed('order-creates-notification.yaml'),
          'two/order-creates-notification.yaml': seed('order-creates-notification.yaml'),
        });
        for (let time = 1; time <= TIMES; time++) {
          const args = ['run', '.', '--env', 'both', '--parallel', '3'];
          const { code, stdout, stderr } = await testmesh(args, { cwd: folder.path, env: running.variables });
          expect({ time, code, stdout, stderr }).toEqual({
            time,
            code: 0,
            stdout: expect.stringContaining('3 passed'),
            stderr,
          });
        }
      }, 900_000);
    });
  });
});
