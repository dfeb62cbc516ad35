import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ensureImage } from '../tools/infra/stand-ins/ensure-image.ts';
import { describeWith } from '../tools/testing/real.ts';
import { myTurn } from '../tools/testing/turns.ts';
import type { CliResult } from './support/cli.ts';
import { type RunningDemo, startDemo } from './support/demo.ts';

const passed = ({ code, stdout, stderr }: CliResult): void => {
  expect({ code, stdout, stderr }).toEqual({
    code: 0,
    stdout: expect.stringMatching(/passed/),
    stderr: expect.any(String),
  });
};

describeWith('postgres', 'the guides against the demo services', (postgres) => {
  describeWith('kafka', 'with events', (kafka) => {
    describeWith('redis', 'with a cache', (redis) => {
      let running: RunningDemo;

      beforeAll(async () => {
        running = await startDemo(postgres, kafka, redis, { env: { ALLOW_TEST_DB: 'true' } });
      }, 90_000);
      afterAll(() => running?.demo.stop());

      test('the complete order lifecycle passes, twice in a row', async () => {
        passed(await running.run('examples/seeds/order-lifecycle.yaml'));
        passed(await running.run('examples/seeds/order-lifecycle.yaml'));
      }, 90_000);

      test('place order passes with an environment', async () => {
        passed(await running.run('examples/seeds/place-order.yaml'));
      }, 60_000);

      test('approach B passes', async () => {
        passed(await running.run('examples/seeds/approach-b.yaml'));
      }, 60_000);

      test('a schema per run is made, used, dropped and gone', async () => {
        passed(await running.run('examples/seeds/schema-per-run.yaml'));
      }, 60_000);

      test('an order creates a notification, also when the consumer is a second late', async () => {
        passed(await running.run('examples/seeds/order-creates-notification.yaml', 'notifications'));
        await running.demo.setFault('notification', { consumer_delay_ms: 1000 });
        passed(await running.run('examples/seeds/order-creates-notification.yaml', 'notifications'));
        await running.demo.setFault('notification', {});
      }, 60_000);

      test("the guide's suggestions pass together", async () => {
        passed(await running.run('examples/suggestions', 'local', ['--parallel', '3']));
      }, 60_000);

      describeWith('docker', 'with containers', (docker) => {
        test('the isolated database passes, its container is gone afterwards', async () => {
          await using _ = await myTurn('network testmesh');
          await ensureImage(docker, 'postgres:16-alpine', () => undefined);
          passed(await running.run('examples/seeds/user-service-isolated.yaml'));
        }, 240_000);
      });
    });
  });
});
