// Every unit spec in a worker of its own, with nothing loaded: what only passes because another file was there first
// fails here, whatever the order. `npm test` runs them so; `npm run check` shares a module cache, which is faster.
import { createRunner } from 'jest-light-runner';

const Together = createRunner();
const LANES = 2;

export default class EachAlone {
  #globalConfig;
  #context;

  constructor(globalConfig, context) {
    // With one worker the files would run in this process, and share what is loaded after all.
    this.#globalConfig = { ...globalConfig, maxWorkers: LANES };
    this.#context = context;
  }

  async runTests(tests, ...listeners) {
    const waiting = tests.values();
    const lane = async () => {
      for (const test of waiting) await new Together(this.#globalConfig, this.#context).runTests([test], ...listeners);
    };
    await Promise.all(Array.from({ length: LANES }, lane));
  }
}
