import { Problem } from '@testmesh/contracts';
import type { Value, ValueMap } from '@testmesh/domain';
import type { EnvironmentContent, GivenVariable, StoredEnvironment } from '@testmesh/store-postgres';
import * as z from 'zod';
import { description, instant, json, thingName } from './wire.ts';

/** Stands where a secret's value would; sent back it means: as it was. */
const SECRET_MASK = '********';

const variableName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_-]*$/, 'a name has letters, digits, _ and -');
const detailed = z.strictObject({
  value: json.optional(),
  description,
  is_secret: z.boolean().default(false),
  enabled: z.boolean().default(true),
});

/** A list of `{key, value, is_secret, enabled}`, or names with their values. */
const variables = z
  .union([z.array(detailed.extend({ key: variableName })).max(1000), z.record(variableName, json)])
  .default([])
  .describe('a list of {key, value, is_secret, enabled}, or an object of names and values');

const serviceName = z.string().min(1).max(200);
const routing = z
  .strictObject({
    services: z
      .record(serviceName, z.string())
      .optional()
      .describe('addresses by the name that `${service.NAME}` uses'),
    headers: z.record(z.string(), json).optional().describe('headers under those of each HTTP request'),
    overrides: z.record(z.string(), z.record(z.string(), json)).optional().describe("settings under each step's own"),
  })
  .default({});

export const environmentRequest = z
  .strictObject({
    name: thingName,
    description,
    color: z
      .string()
      .regex(/^#[0-9A-Fa-f]{6}$/, 'a colour looks like #F59E0B')
      .default('#6B7280'),
    is_default: z.boolean().default(false),
    protected: z.boolean().default(false).describe('a run here has to be confirmed'),
    variables,
    routing,
  })
  .meta({ id: 'EnvironmentRequest' });
export type EnvironmentRequest = z.output<typeof environmentRequest>;

export const environmentBody = z
  .object({
    id: z.guid(),
    workspace_id: z.guid(),
    name: z.string(),
    description: z.string(),
    color: z.string(),
    is_default: z.boolean(),
    protected: z.boolean(),
    variables: z.array(
      z.object({
        key: z.string(),
        value: json.describe('a secret has the mask ********'),
        description: z.string(),
        is_secret: z.boolean(),
        enabled: z.boolean(),
      }),
    ),
    routing: z.object({
      services: z.record(z.string(), z.string()),
      headers: z.record(z.string(), json),
      overrides: z.record(z.string(), z.record(z.string(), json)),
    }),
    version: z.int(),
    created_at: instant,
    updated_at: instant,
  })
  .meta({ id: 'Environment' });

/** What POST takes, so that an export can be imported as it is. */
export const environmentExport = environmentBody
  .omit({ id: true, workspace_id: true, version: true, created_at: true, updated_at: true })
  .meta({ id: 'EnvironmentExport' });

export const contentOf = (request: EnvironmentRequest): EnvironmentContent => ({
  name: request.name,
  description: request.description,
  color: request.color,
  isDefault: request.is_default,
  protected: request.protected,
  variables: variablesOf(request.variables),
  routing: {
    ...(request.routing.services && { services: request.routing.services }),
    ...(request.routing.headers && { headers: request.routing.headers as ValueMap }),
    ...(request.routing.overrides && { overrides: request.routing.overrides as ValueMap }),
  },
});

const variablesOf = (given: EnvironmentRequest['variables']): readonly GivenVariable[] => {
  if (Array.isArray(given)) return given.map(({ key, ...rest }) => variableOf(key, rest));
  return Object.entries(given).map(([key, value]) => {
    const whole = detailed.safeParse(value);
    const isDetailed = whole.success && typeof value === 'object' && value !== null && 'value' in value;
    return isDetailed
      ? variableOf(key, whole.data)
      : { key, value: value as Value, description: '', secret: false, enabled: true };
  });
};

const variableOf = (key: string, { value, is_secret: secret, ...rest }: z.output<typeof detailed>): GivenVariable => ({
  key,
  ...rest,
  secret,
  ...(value !== undefined && !(secret && value === SECRET_MASK) && { value: value as Value }),
});

const inPointer = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1');

/** Where a body names a variable, or a service as `service.NAME`. */
export const pointerIn =
  ({ variables: given }: EnvironmentRequest) =>
  (name: string): string => {
    const at = Array.isArray(given)
      ? given.findIndex(({ key }) => key === name)
      : Object.hasOwn(given, name)
        ? name
        : -1;
    if (at !== -1) return `/variables/${at}`;
    return `/routing/services/${inPointer(name.replace(/^service\./, ''))}`;
  };

/** The mask stands for a value that is kept: as the value of a variable that is shown it would take the place of one. */
export const refuseMasks = (content: EnvironmentContent, pointerOf: (name: string) => string): void => {
  const masked = content.variables.filter(({ secret, value }) => !secret && value === SECRET_MASK);
  if (masked.length === 0) return;
  const text = `${SECRET_MASK} is the mask of a secret and no value: send is_secret: true to keep the secret, or another value`;
  throw new Problem('cannot-be-done', `${masked.map(({ key }) => key).join(', ')}: ${text}`, {
    errors: masked.map(({ key }) => ({ pointer: pointerOf(key), message: `${key}: ${text}` })),
  });
};

const shared = (environment: StoredEnvironment) => ({
  name: environment.name,
  description: environment.description,
  color: environment.color,
  is_default: environment.isDefault,
  protected: environment.protected,
  routing: {
    services: environment.routing.services ?? {},
    headers: environment.routing.headers ?? {},
    overrides: environment.routing.overrides ?? {},
  },
});

/** As it is shown and exported: secrets stand behind their mask. */
export const maskedOf = (environment: StoredEnvironment) => ({
  ...shared(environment),
  variables: environment.variables.map(({ key, value, description: text, secret, enabled }) => ({
    key,
    value: secret ? SECRET_MASK : (value ?? ''),
    description: text,
    is_secret: secret,
    enabled,
  })),
});

export const environmentOf = (workspace: string, environment: StoredEnvironment) => ({
  id: environment.id,
  workspace_id: workspace,
  ...maskedOf(environment),
  version: environment.version,
  created_at: environment.createdAt.toISOString(),
  updated_at: environment.updatedAt.toISOString(),
});
