import { parseJson, type Value } from '@testmesh/domain';
import type { JudgeOptions, NamedSchema } from '@testmesh/flow';
import { besideFile } from '../paths.ts';
import type { EnginePorts } from '../ports.ts';
import { messageOf } from '../resources.ts';
import { StepProblem } from './settings.ts';

/** Reads the schemas that a step's assertions name, by path; `flowFile` is what their paths are relative to. */
export const schemaOptions = async (
  files: ReadonlyMap<string, NamedSchema>,
  flowFile: string,
  { readFile, schemaCheck, xmlSchemaCheck }: EnginePorts,
): Promise<JudgeOptions> => {
  const text = async (file: string): Promise<string> => new TextDecoder().decode(await readFile(file));
  const read = async ([path, { language, span }]: [string, NamedSchema]): Promise<[string, Value]> => {
    const file = besideFile(flowFile, path);
    try {
      return [path, language === 'xml' ? await xmlSchema(file, text) : parseJson(await text(file))];
    } catch (error) {
      const message = `the schema ${path} could not be read: ${messageOf(error)}`;
      throw new StepProblem({ code: 'TM5015', message, span, defect: true });
    }
  };
  const schemas = new Map(await Promise.all([...files].map(read)));
  const isXml = [...files.values()].some(({ language }) => language === 'xml');
  return { schemaCheck, schemas, ...(isXml && xmlSchemaCheck && { xmlSchemaCheck: await xmlSchemaCheck() }) };
};

// What an XML Schema includes lies beside it; an address on the network is left out, and the checker misses it.
const LOCATION = /<(?:[\w.-]+:)?(?:include|import|redefine)\b[^>]*?\sschemaLocation\s*=\s*(["'])([^"']+)\1/g;

const xmlSchema = async (file: string, read: (file: string) => Promise<string>): Promise<Value> => {
  const texts: Record<string, string> = {};
  const collect = async (path: string): Promise<void> => {
    if (Object.hasOwn(texts, path)) return;
    texts[path] = '';
    const text = await read(path);
    texts[path] = text;
    for (const [, , location = ''] of text.matchAll(LOCATION)) {
      if (!/^[a-z][a-z0-9+.-]*:/i.test(location)) await collect(besideFile(path, location));
    }
  };
  await collect(file);
  return { file, texts };
};
