import { runService } from '../service/run.ts';
import { notificationService } from './notification-service.ts';

await runService(notificationService);
