import type { ActionContext, ActionOutcome } from '@testmesh/action-kit';
import type { HttpRequestConfig } from './config.ts';

type NotSaved = Extract<ActionOutcome, { kind: 'not-carried-out' }>;

/** Said before anything is sent. */
export const NOWHERE_TO_SAVE: NotSaved = {
  kind: 'not-carried-out',
  code: 'TM4007',
  reason: 'save_to_file needs a project folder, and a run on a server has none',
  help: 'run this flow locally, or capture what you need of the body with `output`',
};

/** Keeps the body as the file that the step asks for; what stood in the way otherwise. */
export const saveBody = async (
  bytes: Uint8Array,
  { save_to_file: file }: HttpRequestConfig,
  { writeFile }: Pick<ActionContext, 'writeFile'>,
): Promise<NotSaved | undefined> => {
  if (file === undefined || writeFile === undefined) return undefined;
  try {
    await writeFile(file, bytes);
    return undefined;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { kind: 'not-carried-out', code: 'TM4007', reason: `the body could not be saved as ${file}: ${why}` };
  }
};
