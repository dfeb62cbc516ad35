import type { TestEnvironmentSpec } from '@testmesh/domain';
import { TemplateProblem } from '@testmesh/templates';
import * as z from 'zod';

const written = z.union([z.string(), z.number(), z.boolean()]).transform(String);

const settings = z.strictObject({
  /** A compose file of the operator's folder, by name. */
  template: z.string(),
  variables: z.record(z.string(), written).default({}),
});

/** What a request says to this provider. */
export const composeSettings = (spec: Pick<TestEnvironmentSpec, 'settings'>): z.output<typeof settings> => {
  const read = settings.safeParse(spec.settings);
  if (read.success) return read.data;
  throw new TemplateProblem(
    read.error.issues.map(({ path, message }) => `settings.${path.join('.')}: ${message}`).join('; '),
  );
};
