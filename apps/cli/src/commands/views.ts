import { setTimeout as sleep } from 'node:timers/promises';
import type { components } from '@testmesh/client';
import { CommandEnd } from '../exit-code.ts';
import { ask, type ServerOptions } from '../remote/ask.ts';

// The views of a server, which are folded from its journal: people read them, `audit` compares them, this folds them anew.

type Views = components['schemas']['Views'];

interface RebuildOptions extends ServerOptions {
  readonly resume?: boolean;
}

const LOOKS_EVERY_MS = 500;

const say = (text: string): boolean => process.stdout.write(`${text}\n`);

const read = (options: ServerOptions): Promise<Views> =>
  ask(options, (client) => client.GET('/api/v1/admin/views', { params: {} }));

const standing = ({ shown, rebuild }: Views): string => {
  if (rebuild === null) return `${shown} is shown; nothing was rebuilt yet`;
  const aside = rebuild.set_aside === 0 ? '' : `; ${rebuild.set_aside} runs could not be folded`;
  switch (rebuild.phase) {
    case 'building':
      return `${rebuild.set}: ${Math.floor(100 * rebuild.share)} % of the journal${aside}`;
    case 'tidying':
      return `${shown} is shown; the rows of the other set are deleted`;
    case 'shown':
      return `done: ${shown} is shown${aside}`;
    case 'cancelled':
      return `given up: ${shown} is shown as before`;
  }
};

export const showViews = async (options: ServerOptions): Promise<void> => {
  const views = await read(options);
  say(options.json === true ? JSON.stringify(views, null, 2) : standing(views));
};

export const rebuildViews = async (options: RebuildOptions): Promise<void> => {
  if (options.resume !== true) {
    await ask(options, (client) => client.POST('/api/v1/admin/views/rebuild', { params: {} }));
  }
  for (let last = ''; ; ) {
    const views = await read(options);
    const words = standing(views);
    if (words !== last) say(words);
    last = words;
    const phase = views.rebuild?.phase;
    if (phase === 'cancelled') throw new CommandEnd('failed', '');
    if (phase !== 'building' && phase !== 'tidying') return;
    await sleep(LOOKS_EVERY_MS);
  }
};

export const cancelRebuild = async (options: ServerOptions): Promise<void> => {
  say(standing(await ask(options, (client) => client.DELETE('/api/v1/admin/views/rebuild', { params: {} }))));
};
