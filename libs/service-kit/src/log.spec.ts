import { expect, test } from '@jest/globals';
import { faultLog, type Log, overLog } from './log.ts';

/** What a log was told. */
const heard = () => {
  const lines: string[] = [];
  const line = (fields: object, text: string): void =>
    void lines.push('err' in fields ? `${text} (with its stack)` : text);
  return { lines, log: { warn: line, info: line } as unknown as Log };
};

test('an outage is a line when it begins, one every few minutes, and one when it is over', () => {
  const { lines, log } = heard();
  let now = 0;
  const onFault = faultLog(log, () => now);
  const error = new Error('no broker');
  for (let inARow = 1; inARow <= 100; inARow += 1) {
    onFault({ loop: 'relay', error, inARow });
    now += 4000;
  }
  overLog(log)({ loop: 'relay', faults: 100, lastedMs: 400_000 });
  expect(lines).toEqual([
    'relay: no broker (with its stack)',
    'relay: still, for the 76th time: no broker',
    'relay: works again',
  ]);
});

test('each loop has its own outages, and what fails once is told each time', () => {
  const { lines, log } = heard();
  const onFault = faultLog(log, () => 0);
  onFault({ loop: 'relay', error: new Error('no broker'), inARow: 1 });
  onFault({ loop: 'reaper', error: 'odd' });
  onFault({ loop: 'reaper', error: 'odd' });
  expect(lines).toEqual([
    'relay: no broker (with its stack)',
    'reaper: odd (with its stack)',
    'reaper: odd (with its stack)',
  ]);
});
