// Starts the demo services, reports their process ids, and waits to be killed.
import { type DemoService, startServices } from '../services.ts';

const SERVICES: readonly DemoService[] = ['user', 'product', 'order', 'notification', 'recommendation'];

const demo = await startServices({ postgresUrl: process.argv[2] ?? '' });
process.send?.(SERVICES.map((service) => Number(/"pid":(\d+)/.exec(demo.log(service))?.[1])));
