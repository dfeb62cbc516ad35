export { type BundleSourceOptions, bundleSource, INPUTS } from './bundle-source.ts';
export { createExecutor, type Executor, type ExecutorOptions, JOURNAL_TOPIC, runTopic } from './executor.ts';
export { outboundOf } from './outbound-of.ts';
