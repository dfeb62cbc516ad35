import type { TestEnvironmentSpec } from '@testmesh/domain';
import { TemplateProblem } from '@testmesh/templates';
import * as z from 'zod';

const written = z.union([z.string(), z.number(), z.boolean()]).transform(String);

const settings = z.strictObject({
  /** Whether the Application is made here, once, or somebody else's to make. */
  create: z.boolean().default(false),
  /** What it is made of: a file of the operator's folder, by name. */
  template: z.string().optional(),
  variables: z.record(z.string(), written).default({}),
});

/** What a request says to this provider; throws a `TemplateProblem` where that makes no sense. */
export const argoCdSettings = (spec: Pick<TestEnvironmentSpec, 'settings'>): z.output<typeof settings> => {
  const read = settings.safeParse(spec.settings);
  if (read.success) return read.data;
  const issues = read.error.issues.map(({ path, message }) => `settings.${path.join('.')}: ${message}`);
  throw new TemplateProblem(issues.join('; '));
};
