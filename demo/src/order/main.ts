import { runService } from '../service/run.ts';
import { orderService } from './order-service.ts';

await runService(orderService);
