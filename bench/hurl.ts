import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from '../tools/infra/cache.ts';

const VERSION = '8.0.1';

/** Hurl's command, built once from its crate into the cache; undefined where that cannot be done. */
export const findHurl = async (): Promise<string | undefined> => {
  const home = join(cacheFolder(), `hurl-${VERSION}`);
  const command = join(home, 'bin/hurl');
  if (existsSync(command)) return command;
  if (spawnSync('cargo', ['--version']).status !== 0) {
    process.stderr.write('hurl: cargo is not on the PATH, so Hurl cannot be built\n');
    return undefined;
  }
  process.stderr.write(`hurl: building ${VERSION} from its crate (minutes, once)\n`);
  const { status } = spawnSync('cargo', ['install', 'hurl', '--version', VERSION, '--locked', '--root', home], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (status === 0) return command;
  process.stderr.write('hurl: the build failed; it needs libcurl, libxml2 and libclang with their headers\n');
  return undefined;
};
