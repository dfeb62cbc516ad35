import { runService } from '../service/run.ts';
import { userService } from './user-service.ts';

await runService(userService);
