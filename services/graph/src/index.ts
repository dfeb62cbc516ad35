export { createProjections, type Projections, type ProjectionsOptions } from './projections.ts';
