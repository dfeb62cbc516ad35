import { runService } from '../service/run.ts';
import { productService } from './product-service.ts';

await runService(productService);
