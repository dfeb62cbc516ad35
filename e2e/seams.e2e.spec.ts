import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import type { Faults } from '../demo/src/service/faults.ts';
import type { DemoService } from '../tools/demo/services.ts';
import { describeWith } from '../tools/testing/real.ts';
import { type RunningDemo, startDemo } from './support/demo.ts';

// One seam broken at a time, and what a person reads then.

interface Seam {
  readonly flow: string;
  readonly environment?: string;
  readonly broken: string;
  readonly service: DemoService;
  readonly faults: Faults;
  readonly says: readonly (string | RegExp)[];
}

const lifecycle = 'examples/seeds/order-lifecycle.yaml';
const placeOrder = 'examples/seeds/place-order.yaml';
const notification = 'examples/seeds/order-creates-notification.yaml';

const seams: readonly Seam[] = [
  {
    flow: lifecycle,
    broken: 'the user service is down',
    service: 'user',
    faults: { unavailable: '503' },
    says: ['✗ create_user', '→ 503', 'status == 201', /- 201\n\s+\+ 503/, 'repeat with curl', 'failed: create_user'],
  },
  {
    flow: lifecycle,
    broken: 'the user service hangs up',
    service: 'user',
    faults: { unavailable: 'close' },
    says: ['✗ create_user', /closed the connection|connection .* closed|socket hang up|ECONNRESET/i, 'POST http://'],
  },
  {
    flow: lifecycle,
    broken: 'the order is never written',
    service: 'order',
    faults: { lose_writes: true },
    says: [
      '✗ verify_order_in_db',
      'row_count == 1 — got 0',
      'SELECT * FROM order_service.orders WHERE id = $1 → 0 rows',
    ],
  },
  {
    flow: lifecycle,
    broken: 'the event names its user `userId`',
    service: 'order',
    faults: { camel_case_user_id: true },
    says: ['✓ verify_order_event', '✗ check_notifications', 'body.count >= 2 — got 1'],
  },
  {
    flow: lifecycle,
    broken: 'the consumer silently drops the event',
    service: 'notification',
    faults: { drop_events: ['order.placed'] },
    says: ['✓ verify_order_event', '✗ check_notifications', 'body.count >= 2 — got 1', '"type": "user.created"'],
  },
  {
    flow: lifecycle,
    broken: 'the product service does not see the order',
    service: 'product',
    faults: { drop_events: ['order.placed'] },
    says: ['✗ verify_inventory_decreased', 'rows[0].inventory == 98 — got 100'],
  },
  {
    flow: placeOrder,
    broken: 'the product service is down',
    service: 'product',
    faults: { unavailable: '503' },
    says: ['✗ get_product', 'status == 200 — got 503', '✓ cleanup|↷ cleanup'],
  },
  {
    flow: placeOrder,
    broken: 'the order is never written',
    service: 'order',
    faults: { lose_writes: true },
    says: [
      '✗ verify_order_in_db',
      '`rows[0]` does not exist: `rows` has 0 elements',
      '○ verify_kafka_event',
      '✓ cleanup',
    ],
  },
  {
    flow: notification,
    environment: 'notifications',
    broken: 'the consumer silently drops the event',
    service: 'notification',
    faults: { drop_events: ['order.created'] },
    says: ['✓ verify_event', '✗ verify_notification', 'result.count == 1 — got 0'],
  },
  {
    flow: notification,
    environment: 'notifications',
    broken: 'the order service is down',
    service: 'order',
    faults: { unavailable: '503' },
    says: ['✗ place_order', '→ 503', 'status < 400'],
  },
  {
    flow: 'examples/seeds/approach-b.yaml',
    broken: 'the user is never written',
    service: 'user',
    faults: { lose_writes: true },
    says: ['✓ create_user', '✗ verify_persisted', '`rows[0]` does not exist: `rows` has 0 elements'],
  },
  {
    flow: 'examples/suggestions/polling-instead-of-delay.yaml',
    broken: 'the welcome never arrives',
    service: 'notification',
    faults: { drop_events: ['user.created'] },
    says: ['✗ welcome_arrives', 'notifications.body.count >= 1', '10.0 s'],
  },
];

const containing = (says: string | RegExp): RegExp =>
  typeof says !== 'string' ? says : new RegExp(says.includes('|') ? says : says.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));

describeWith('postgres', 'a broken seam', (postgres) => {
  describeWith('kafka', 'with events', (kafka) => {
    describeWith('redis', 'with a cache', (redis) => {
      let running: RunningDemo;
      beforeAll(async () => {
        running = await startDemo(postgres, kafka, redis);
      }, 90_000);
      afterEach(async () => {
        for (const service of ['user', 'product', 'order', 'notification'] as const) {
          await running.demo.setFault(service, {});
        }
      });
      afterAll(() => running?.demo.stop());

      test.each(seams)(
        '$flow when $broken',
        async ({ flow, environment, service, faults, says }) => {
          await running.demo.setFault(service, faults);
          const { code, stdout } = await running.run(flow, environment);
          expect(code).toBe(1);
          for (const one of says) expect(stdout).toMatch(containing(one));
        },
        90_000,
      );
    });
  });
});
