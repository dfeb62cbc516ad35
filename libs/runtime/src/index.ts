export { seededRandom } from './seeded-random.ts';
export { systemClock } from './system-clock.ts';
