import * as z from 'zod';

// What the bodies of configuration have in common.

export const instant = z.iso.datetime({ precision: 3 });
export const isoOrNull = (date: Date | null): string | null => date?.toISOString() ?? null;

/** What people call a thing: one line that can be a part of a path and of a file's name. */
export const thingName = z
  .string()
  .trim()
  .min(1)
  .max(200)
  .regex(/^[^/\\\p{Cc}]+$/u, 'a name is one line without slashes');

export const description = z.string().max(2000).default('');
export const tagList = z.array(z.string().trim().min(1).max(100)).max(50).default([]);
export const json = z.json().meta({ id: 'Json' });

/** What a run is given by name: as POST /executions takes it, for whoever is kept is asked for later, when nobody listens. */
export const givenVariables = z
  .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_-]*$/, 'a name has letters, digits, _ and -'), json)
  .default({});

export const idParams = z.strictObject({ id: z.guid({ error: 'must be a UUID' }) });
export const nameOrIdParams = z.strictObject({ id: z.string().min(1).max(200).describe('id or name') });

const whole = (from: number, to: number) => z.coerce.number().int().min(from).max(to);

export const limit = (standard: number) => whole(1, 200).default(standard);
export const offset = whole(0, 1_000_000).default(0);
export const search = z.string().min(1).max(200).optional().describe('part of the name');

/** `a,b` or the parameter more than once. */
export const listed = z
  .union([z.string(), z.array(z.string())])
  .transform((given) =>
    [given]
      .flat()
      .flatMap((part) => part.split(','))
      .filter((part) => part !== ''),
  )
  .optional();

export const IF_MATCH = {
  name: 'If-Match',
  description: 'the ETag that was read; the change is refused with 412 when somebody changed it in between',
} as const;

/** The environment a run is asked for in, as bodies have it. */
export const environmentToRunIn = {
  environment: z.string().min(1).max(200).optional().describe('name or id'),
  confirm_environment: z
    .string()
    .max(200)
    .optional()
    .describe('the name of the environment once more, where it is protected'),
};

/** Who carries out what something asks for, as answers have it. */
export const placementOf = { pool: z.string(), priority: z.int() };

/** Which parts of a finished run are run once more. */
export const partsAgain = z
  .strictObject({
    only: z.enum(['failed', 'all']).default('failed').describe('`failed`: what did not pass'),
    confirm_environment: environmentToRunIn.confirm_environment,
  })
  .default({ only: 'failed' })
  .meta({ id: 'PartsAgain' });

export const askedEnvironment = ({
  environment = null,
  confirm_environment: confirmedEnvironment = null,
}: {
  readonly environment?: string | null | undefined;
  readonly confirm_environment?: string | null | undefined;
}) => ({ environment, confirmedEnvironment });

export const pageOf = { total: z.int(), limit: z.int(), offset: z.int() };
