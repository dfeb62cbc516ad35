import { expect, test } from '@jest/globals';
import { auditOutcome } from './audit.ts';

const report = (severity: string) =>
  JSON.stringify({ auditReportVersion: 2, vulnerabilities: { left: { severity, via: [] } } });

test('a grave finding is red, a lesser one is not', () => {
  expect(auditOutcome(report('critical'))).toMatchObject({
    failed: 1,
    words: expect.stringContaining('left: critical'),
  });
  expect(auditOutcome(report('low'))).toMatchObject({ passed: 1, failed: 0 });
});

test.each(['', 'npm error network', '{"error":{"code":"ENOAUDIT"}}'])(
  'without a registry it is skipped, not green: %s',
  (text) => {
    expect(auditOutcome(text)).toMatchObject({
      passed: 0,
      failed: 0,
      skips: [{ reason: expect.stringContaining('not run') }],
    });
  },
);
