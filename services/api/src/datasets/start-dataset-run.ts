import { startDataset } from '@testmesh/commands';
import { Problem } from '@testmesh/contracts';
import type { ValueMap } from '@testmesh/domain';
import type { Dataset, DatasetRun } from '@testmesh/store-postgres';
import type * as z from 'zod';
import type { ConfigurationDeps } from '../configuration/deps.ts';
import { askedEnvironment } from '../configuration/wire.ts';
import type { Caller } from '../http/route.ts';
import type { runRequest } from './dataset-run-body.ts';

type Body = z.output<typeof runRequest>;

/** Keeps a run over a dataset and asks for its first rows. */
export const startDatasetRun = async (
  deps: ConfigurationDeps,
  caller: Caller,
  dataset: Dataset,
  body: Body & { readonly id: string },
): Promise<DatasetRun> => {
  if ((await deps.flows.byId(caller.workspace, body.flow_id)) === undefined) {
    throw new Problem('cannot-be-done', `the workspace has no flow ${body.flow_id}`);
  }
  return startDataset(deps, caller, {
    dataset,
    id: body.id,
    flowId: body.flow_id,
    ...askedEnvironment(body),
    testEnvironment: body.test_environment ?? null,
    pool: body.pool,
    priority: body.priority,
    variables: body.variables as ValueMap,
    mapping: body.mapping,
    atOnce: body.parallel,
    stopOnFailure: body.stop_on_failure,
    rows: body.rows,
  });
};
