import type { Schedule, ScheduleContent } from '@testmesh/store-postgres';
import * as z from 'zod';
import { runRequest } from '../datasets/dataset-run-body.ts';

// The dataset that a schedule's flow goes over, as it goes over the wire.

const { mapping, parallel, stop_on_failure } = runRequest.shape;

export const overDataset = z
  .strictObject({ id: z.guid(), mapping, parallel, stop_on_failure })
  .meta({ id: 'ScheduleDataset' });

export const overDatasetBody = z
  .object({ id: z.guid(), mapping: z.record(z.string(), z.string()), parallel: z.int(), stop_on_failure: z.boolean() })
  .meta({ id: 'DatasetOfSchedule' });

export const datasetIn = ({
  dataset,
}: {
  readonly dataset?: z.output<typeof overDataset> | null | undefined;
}): NonNullable<ScheduleContent['dataset']> | null =>
  dataset == null
    ? null
    : { id: dataset.id, mapping: dataset.mapping, atOnce: dataset.parallel, stopOnFailure: dataset.stop_on_failure };

export const datasetOf = ({ dataset }: Pick<Schedule, 'dataset'>) =>
  dataset == null
    ? null
    : {
        id: dataset.id,
        mapping: dataset.mapping,
        parallel: dataset.atOnce,
        stop_on_failure: dataset.stopOnFailure,
      };
