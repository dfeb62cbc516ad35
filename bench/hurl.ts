import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { installPackages } from '../tools/infra/apt.ts';
import { cacheFolder } from '../tools/infra/cache.ts';
import { Unavailable } from '../tools/infra/vocabulary.ts';

const VERSION = '8.0.1';
/** What the crates link against; bindgen reads C headers through libclang. */
const HEADERS = ['libclang-14-dev', 'libxml2-dev', 'libcurl4-openssl-dev', 'libssl-dev', 'pkg-config'];

const say = (message: string): void => {
  process.stderr.write(`hurl: ${message}\n`);
};

/** Hurl's command, built once from its crate into the cache; undefined where that cannot be done. */
export const findHurl = async (): Promise<string | undefined> => {
  const cache = cacheFolder();
  const home = join(cache, `hurl-${VERSION}`);
  const command = join(home, 'bin/hurl');
  if (existsSync(command)) return command;
  if (spawnSync('cargo', ['--version']).status !== 0) {
    say('cargo is not on the PATH, so Hurl cannot be built');
    return undefined;
  }
  try {
    await installPackages(HEADERS, say);
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    say(`${error.message}: ${error.howToGet}`);
    return undefined;
  }
  say(`building ${VERSION} from its crate (minutes, once)`);
  const { status } = spawnSync('cargo', ['install', 'hurl', '--version', VERSION, '--locked', '--root', home], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return status === 0 ? command : undefined;
};
