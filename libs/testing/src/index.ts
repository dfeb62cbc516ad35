export { actionContext, type TestActionContext } from './action-context.ts';
export { type FakeClock, fakeClock } from './fake-clock.ts';
