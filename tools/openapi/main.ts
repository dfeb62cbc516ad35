// Writes the OpenAPI document of the API's routes, the GraphQL schema made of it and the types that the client is made of. `--check` only compares.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import openapiTypescript, { astToString } from 'openapi-typescript';
import ts from 'typescript';
import { apiDocument, graphqlDocument } from './document.ts';

const root = join(import.meta.dirname, '../..');
const files = {
  document: join(root, 'docs/openapi.json'),
  graphql: join(root, 'docs/graphql.graphql'),
  types: join(root, 'libs/client/src/schema.ts'),
};

const generated = async (): Promise<Readonly<Record<keyof typeof files, string>>> => {
  const document = apiDocument();
  const nodes = await openapiTypescript(document as never, {
    alphabetize: true,
    // Whoever asks may leave out what has a default.
    defaultNonNullable: false,
    // Any JSON value: as a recursive type it would be spelt out everywhere it occurs.
    transform: (_schema, { path }) =>
      /\/(?:Json|__schema\d+)$/.test(path ?? '')
        ? ts.factory.createKeywordTypeNode(ts.SyntaxKind.UnknownKeyword)
        : undefined,
  });
  const header = '// Generated from docs/openapi.json by `npm run openapi`; not to be edited.\n\n';
  return {
    document: `${JSON.stringify(document, null, 2)}\n`,
    graphql: graphqlDocument(),
    types: `${header}${astToString(nodes)}`,
  };
};

const isCheck = process.argv.includes('--check');
let stale = 0;
for (const [name, text] of Object.entries(await generated())) {
  const file = files[name as keyof typeof files];
  const present = await readFile(file, 'utf8').catch(() => '');
  if (present === text) continue;
  if (isCheck) {
    stale += 1;
    console.error(`${file} is not what the routes say: run npm run openapi`);
  } else await writeFile(file, text);
}
process.exitCode = stale === 0 ? 0 : 1;
