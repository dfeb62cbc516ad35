export { actionContext, type TestActionContext } from './action-context.ts';
export { broken, type FakeActionParts, fakeAction, ok } from './fake-action.ts';
export { type FakeClock, fakeClock } from './fake-clock.ts';
export { flowOf } from './flow-of.ts';
export { conditionOf, fixed, flow, type RetryParts, type StepParts, stepOf, templateOf, textOf } from './flow-parts.ts';
export { memoryBlobs } from './memory-blobs.ts';
export { memoryJournal } from './memory-journal.ts';
