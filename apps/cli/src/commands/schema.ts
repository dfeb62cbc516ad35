import { reportSchema } from '@testmesh/contracts';
import { flowJsonSchema } from '@testmesh/flow';
import * as z from 'zod';
import { knownActions } from '../run/known-actions.ts';

export interface SchemaOptions {
  readonly draft: '2020-12' | 'draft-07';
  readonly report?: boolean;
}

/** Prints the JSON Schema of flow files for editors, or of the JSON report for its readers. */
export const schema = async ({ draft, report }: SchemaOptions): Promise<void> => {
  const document = report
    ? z.toJSONSchema(reportSchema, { target: draft === 'draft-07' ? 'draft-7' : 'draft-2020-12' })
    : flowJsonSchema(await (await knownActions(process.cwd())).schemas(), draft);
  process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
};
