// Makes of a service, where Node imports this first, the build that comes after it: StepCompleted has a second version, in which
// what was `captured` is called `outputs`. That build reads what was written under the first one; today's build can only refuse
// what is written under the second.
import { registerHooks } from 'node:module';

const RECORD = '/libs/domain/src/runs/run-record.ts';

const changes = [
  [
    '  StepCompleted: [],',
    '  StepCompleted: [({ captured, ...data }) => ({ ...data, outputs: captured }) as ValueMap],',
  ],
  [
    '({ type: recorded.type, ...runEvents.current(recorded) }) as unknown as RunEvent',
    `((data) => {
      const { outputs: captured, ...others } = data;
      const fields = recorded.type === 'StepCompleted' ? { ...others, captured } : data;
      return { type: recorded.type, ...fields } as unknown as RunEvent;
    })(runEvents.current(recorded))`,
  ],
  [
    '({ type: _type, ...data }: RunEvent): ValueMap => data as unknown as ValueMap',
    `({ type, ...data }: RunEvent): ValueMap => {
      const { captured: outputs, ...others } = data as { readonly captured?: unknown };
      return (type === 'StepCompleted' ? { ...others, outputs } : data) as unknown as ValueMap;
    }`,
  ],
];

/** @type {(source: string) => string} */
const newer = (source) =>
  changes.reduce((text, [today = '', next = '']) => {
    if (!text.includes(today)) throw new Error(`${RECORD} does not say any more: ${today}`);
    return text.replace(today, next);
  }, source);

registerHooks({
  load: (url, context, nextLoad) => {
    const loaded = nextLoad(url, context);
    return url.endsWith(RECORD) ? { ...loaded, source: newer(String(loaded.source)) } : loaded;
  },
});
