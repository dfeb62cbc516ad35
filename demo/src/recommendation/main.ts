import { runService } from '../service/run.ts';
import { recommendationService } from './recommendation-service.ts';

await runService(recommendationService);
