import * as z from 'zod';

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
const DURATION = /^(?:\d+(?:\.\d+)?(?:ms|s|m|h))+$/;

/** Milliseconds of `500ms`, `3s`, `1m30s`, `2h`; undefined for anything else. */
export const parseDuration = (text: string): number | undefined => {
  if (!DURATION.test(text)) return undefined;
  const parts = text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g);
  return [...parts].reduce((sum, [, amount, unit = 'ms']) => sum + Number(amount) * (UNIT_MS[unit] ?? 1), 0);
};

const UNIT_BYTES: Readonly<Record<string, number>> = {
  B: 1,
  KB: 1000,
  MB: 1000 ** 2,
  GB: 1000 ** 3,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
};
const BYTES = /^(\d+(?:\.\d+)?) ?(B|KB|MB|GB|KiB|MiB|GiB)$/;

/** Bytes of `512KB`, `64MiB`; undefined for anything else. */
export const parseByteSize = (text: string): number | undefined => {
  const [, amount, unit = 'B'] = BYTES.exec(text) ?? [];
  return amount === undefined ? undefined : Math.floor(Number(amount) * (UNIT_BYTES[unit] ?? 1));
};

/** A config value such as `3s`; its output is milliseconds. A number without a unit is refused with the likely meaning. */
export const durationMs = z
  .string({
    error: ({ input }) =>
      typeof input === 'number'
        ? `a duration needs a unit: write ${input}s or ${input}ms`
        : 'a duration such as 3s or 500ms',
  })
  .regex(DURATION, {
    error: ({ input }) => `"${String(input)}" is not a duration; write it like 500ms, 3s, 1m30s or 2h`,
  })
  .transform((text) => parseDuration(text) ?? 0);

/** A `timeout`: a duration of some time, for none at all would end the step before it began. */
export const timeoutMs = durationMs.refine((ms) => ms > 0, 'no time at all: nothing could be done within it');

/** A config value such as `64MiB`, or a number of bytes; its output is bytes. */
export const byteSize = z.union([
  z.int().positive(),
  z
    .string()
    .regex(BYTES, { error: ({ input }) => `"${String(input)}" is not a size; write it like 512KB or 64MiB` })
    .transform((text) => parseByteSize(text) ?? 0),
]);
