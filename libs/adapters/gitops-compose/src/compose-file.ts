// What of a compose file is understood here: containers, their health and their order. Everything that would reach beyond them
// (folders and devices of this machine, other networks, privileges) and everything unknown is refused by name.
import { type TemplateDocument, TemplateProblem } from '@testmesh/templates';
import * as z from 'zod';
import { type Publication, publicationOf } from './publication.ts';

const text = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const words = z.union([
  z
    .string()
    .regex(/^[^"'\\]+$/, 'a command with quotes is written as a list')
    .transform((line) => line.trim().split(/\s+/)),
  z.array(text),
]);
const seconds = z
  .string()
  .regex(/^(?:\d+h)?(?:\d+m)?(?:\d+s)?(?:\d+ms)?$/, 'a duration is written as 10s, 1m30s or 500ms')
  .transform(nanosecondsOf);
const variables = z.union([
  z.record(z.string(), text),
  z
    .array(z.string().regex(/^[^=]+=/, 'a variable is written as NAME=value'))
    .transform((lines) => Object.fromEntries(lines.map(pairOf))),
]);

const publication = text.transform((written, context): Publication => {
  const read = publicationOf(written);
  if (typeof read !== 'string') return read;
  context.addIssue({ code: 'custom', message: read });
  return z.NEVER;
});

const healthcheck = z.strictObject({
  test: z.union([z.string(), z.array(text)]),
  interval: seconds.optional(),
  timeout: seconds.optional(),
  start_period: seconds.optional(),
  retries: z.int().min(1).optional(),
});

const CONDITIONS = ['service_started', 'service_healthy', 'service_completed_successfully'] as const;
export type Condition = (typeof CONDITIONS)[number];

const dependencies = z.union([
  z
    .array(z.string())
    .transform((names) => Object.fromEntries(names.map((name) => [name, { condition: 'service_started' as const }]))),
  z.record(z.string(), z.strictObject({ condition: z.enum(CONDITIONS).default('service_started') })),
]);

const memory = z
  .union([z.int().min(1), z.string().regex(/^\d+[bkmg]?$/i, 'memory is written as 256m or 1g')])
  .transform(bytesOf);

const service = z.strictObject({
  image: z.string().min(1),
  command: words.optional(),
  entrypoint: words.optional(),
  environment: variables.default({}),
  ports: z.array(publication).default([]),
  /** Every port is open within the network; compose files only tell people. */
  expose: z.array(text).optional(),
  healthcheck: healthcheck.optional(),
  depends_on: dependencies.default({}),
  working_dir: z.string().optional(),
  user: text.optional(),
  init: z.boolean().default(false),
  tmpfs: z.array(z.string().startsWith('/')).default([]),
  mem_limit: memory.optional(),
  cpus: z.coerce.number().positive().optional(),
});

const name = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,62}$/, 'a service is named by small letters, digits and dashes');

const file = z.strictObject({
  name: z.string().optional(),
  version: text.optional(),
  services: z.record(name, service),
});

export type ComposeService = Readonly<z.output<typeof service>>;
export type ComposeServices = ReadonlyMap<string, ComposeService>;

/** The services of a compose file, each after the ones it depends on. */
export const composeServices = ({ where, value }: TemplateDocument): ComposeServices => {
  const own = typeof value === 'object' && value !== null ? withoutExtensions(value as Record<string, unknown>) : value;
  const read = file.safeParse(own);
  if (!read.success) throw new TemplateProblem(`${where}: ${read.error.issues.map(issueText).join('; ')}`);
  return inOrder(where, new Map(Object.entries(read.data.services)));
};

const withoutExtensions = (value: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(Object.entries(value).filter(([key]) => !key.startsWith('x-')));

const issueText = (issue: z.core.$ZodIssue): string => {
  const place = issue.path.join('.');
  if (issue.code === 'unrecognized_keys') {
    const keys = issue.keys.map((key) => [place, key].filter((part) => part !== '').join('.'));
    return `${keys.join(', ')}: not among what a test environment understands (see docs/test-environments-providers.md)`;
  }
  return `${place || 'the file'}: ${reasonOf(issue)}`;
};

const reasonOf = (issue: z.core.$ZodIssue): string => {
  const inner = issue.code === 'invalid_union' ? issue.errors.flat() : issue.code === 'invalid_key' ? issue.issues : [];
  return inner.length === 0 ? issue.message : [...new Set(inner.map(({ message }) => message))].join(', or ');
};

const inOrder = (where: string, services: ComposeServices): ComposeServices => {
  const ordered = new Map<string, ComposeService>();
  const visit = (current: string, path: readonly string[]): void => {
    if (path.includes(current)) {
      throw new TemplateProblem(`${where}: services wait for each other: ${[...path, current].join(' → ')}`);
    }
    if (ordered.has(current)) return;
    const found = services.get(current);
    if (found === undefined) {
      throw new TemplateProblem(`${where}: ${path.at(-1)} depends on "${current}", which is no service of the file`);
    }
    for (const dependency of Object.keys(found.depends_on)) visit(dependency, [...path, current]);
    ordered.set(current, found);
  };
  for (const each of services.keys()) visit(each, []);
  return ordered;
};

function pairOf(line: string): readonly [string, string] {
  const at = line.indexOf('=');
  return [line.slice(0, at), line.slice(at + 1)];
}

function nanosecondsOf(duration: string): number {
  const units: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 };
  const parts = [...duration.matchAll(/(\d+)(ms|h|m|s)/g)];
  return parts.reduce((sum, [, amount, unit = '']) => sum + Number(amount) * (units[unit] ?? 0), 0) * 1e6;
}

function bytesOf(amount: number | string): number {
  const [, digits = '', unit = ''] = /^(\d+)([bkmg]?)$/.exec(String(amount).toLowerCase()) ?? [];
  return Number(digits) * 1024 ** ['', 'k', 'm', 'g'].indexOf(unit === 'b' ? '' : unit);
}
