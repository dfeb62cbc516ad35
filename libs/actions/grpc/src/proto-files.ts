import { posix } from 'node:path';
import type { ActionContext } from '@testmesh/action-kit';
import protobuf, { type Root } from 'protobufjs';
import { GrpcProblem } from './problem.ts';

type ReadFile = ActionContext['readFile'];

/** Reads `.proto` files and what they import, with field names as they are written. */
export const rootOfFiles = async (
  files: readonly string[],
  importPaths: readonly string[],
  readFile: ReadFile,
): Promise<Root> => {
  const root = new protobuf.Root();
  const seen = new Set<string>();
  const load = async (path: string, text: string): Promise<void> => {
    for (const wanted of parse(path, text, root)) {
      if (seen.has(wanted)) continue;
      seen.add(wanted);
      const common = protobuf.common.get(wanted);
      if (common) root.addJSON(common.nested ?? {});
      else await load(...(await find(wanted, path, importPaths, readFile)));
    }
  };
  for (const file of files) await load(file, await read(file, readFile));
  try {
    root.resolveAll();
    return root;
  } catch (error) {
    throw new GrpcProblem('TM4402', `${files.join(', ')}: ${(error as Error).message}`);
  }
};

const parse = (path: string, text: string, root: Root): readonly string[] => {
  try {
    const { imports = [], weakImports = [] } = protobuf.parse(text, root, { keepCase: true });
    return [...imports, ...weakImports];
  } catch (error) {
    throw new GrpcProblem('TM4402', `${path} is not a .proto file: ${(error as Error).message}`);
  }
};

const read = async (path: string, readFile: ReadFile): Promise<string> => {
  try {
    return new TextDecoder().decode(await readFile(path));
  } catch (error) {
    throw new GrpcProblem('TM4402', `${path} could not be read: ${(error as Error).message}`);
  }
};

const find = async (
  wanted: string,
  from: string,
  importPaths: readonly string[],
  readFile: ReadFile,
): Promise<[path: string, text: string]> => {
  const candidates = [...importPaths, posix.dirname(from), '.'].map((folder) => posix.join(folder, wanted));
  for (const path of new Set(candidates)) {
    try {
      return [path, new TextDecoder().decode(await readFile(path))];
    } catch (error) {
      // The next folder may have it; any other trouble with a file is worth telling.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') return [path, await read(path, readFile)];
    }
  }
  throw new GrpcProblem(
    'TM4402',
    `${from} imports ${wanted}, which is not there; looked for ${[...new Set(candidates)].join(', ')}`,
    'name its folder in `import_paths`',
  );
};
