import { type ActionContext, type ActionOutcome, defineAction } from '@testmesh/action-kit';
import type { ContainerInspectInfo } from 'dockerode';
import { findDaemon } from './daemon.ts';
import { RUN_LABEL } from './owner.ts';
import { carriedOut, DockerProblem, mayTouch, statusOf } from './problem.ts';
import { dockerStopSchema } from './schema.ts';
import { CONTAINER } from './start-container.ts';

const GRACE_SECONDS = 5;

export const dockerStop = defineAction({
  schema: dockerStopSchema,
  run: ({ container_id, remove }, context) => carriedOut(() => stop(container_id, remove, context)),
});

const stop = async (named: string, remove: boolean, context: ActionContext): Promise<ActionOutcome> => {
  mayTouch(context, { beyondRun: false });
  const { docker } = await findDaemon(context.signal);
  const container = docker.getContainer(named);
  const info = await container.inspect().catch((error: unknown): never => {
    if (statusOf(error) !== 404) throw error;
    throw new DockerProblem('TM4508', `there is no container ${named}`, 'was it stopped before, or never started?');
  });
  mayTouch(context, { beyondRun: info.Config.Labels[RUN_LABEL] !== context.runId });
  if (remove) await removeOwn(info, context);
  else
    await container.stop({ t: GRACE_SECONDS }).catch((error: unknown) => {
      // 304: it stands still already.
      if (statusOf(error) !== 304) throw error;
    });
  return { kind: 'completed', output: { container_id: info.Id, removed: remove } };
};

// Only what this run started is removed: a name in a flow can always be the wrong one.
const removeOwn = async (info: ContainerInspectInfo, { runId, release }: ActionContext): Promise<void> => {
  const name = info.Name.replace(/^\//, '');
  const own = info.Config.Labels[RUN_LABEL] === runId && (await release(CONTAINER, name));
  if (own) return;
  throw new DockerProblem(
    'TM4509',
    `the container ${name} was not started by this run, so it is not removed`,
    '`remove: false` only stops it',
  );
};
