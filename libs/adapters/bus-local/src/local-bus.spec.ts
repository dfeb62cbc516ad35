import { busContract } from '@testmesh/testing/contracts';
import { localBus } from './local-bus.ts';

busContract('the local bus', async () => localBus());
