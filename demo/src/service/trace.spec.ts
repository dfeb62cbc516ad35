import { expect, test } from '@jest/globals';
import { childTraceparent, traceHeaders, withTrace } from './trace.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';

test('a child keeps the trace and its flags, and has a span of its own', () => {
  const child = childTraceparent(`00-${TRACE}-${SPAN}-00`);
  expect(child).toMatch(new RegExp(`^00-${TRACE}-[0-9a-f]{16}-00$`));
  expect(child).not.toContain(SPAN);
});

test.each([undefined, '', 'nonsense', `00-${'0'.repeat(32)}-${SPAN}-01`, `00-${TRACE}-${'0'.repeat(16)}-01`])(
  'without a usable parent (%s) a new trace begins',
  (received) => {
    const first = childTraceparent(received);
    expect(first).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    expect(childTraceparent(received)).not.toBe(first);
    expect(first).not.toContain(TRACE);
  },
);

test('whatever is done for a caller finds the trace, also later, and nobody else does', async () => {
  const later = withTrace(`00-${TRACE}-${SPAN}-01`, async () => {
    await Promise.resolve();
    return traceHeaders();
  });
  expect(traceHeaders()).toEqual({});
  expect((await later)['traceparent']).toContain(TRACE);
});
