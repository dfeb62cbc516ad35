// The lines of a backup. Read this first: a backup is text, a JSON value a line, so that any version of PostgreSQL can take it.
//   first      {"testmesh": "backup", "format": 1, "migrations": […]}
//   per table  {"table": NAME, "columns": […]}, followed by a line per row: [ROW], a JSON array of one object
//   cursors    {"cursor": PROJECTOR, "position": N}: up to which position of the journal a reader has taken everything
//   sequences  {"sequence": NAME, "last": N}
//   last       {"end": true, "rows": N, "sha256": of everything before}

export interface BackupStart {
  readonly testmesh: 'backup';
  readonly format: 1;
  readonly migrations: readonly string[];
}

interface BackupEnd {
  readonly end: true;
  readonly rows: number;
  readonly sha256: string;
}

export type BackupMark =
  | { readonly table: string; readonly columns: readonly string[] }
  | { readonly cursor: string; readonly position: string }
  | { readonly sequence: string; readonly last: string }
  | BackupEnd;

/** Says what is wrong with a backup, or with the database it is to go into. */
export class BackupRefused extends Error {
  override readonly name = 'BackupRefused';
}

/** The lines of bytes as they arrive. Only LF ends a line: what is kept may hold everything else that looks like an end. */
export async function* linesFrom(input: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let begun: string[] = [];
  for await (const chunk of input) {
    const [first = '', ...more] = decoder.decode(chunk, { stream: true }).split('\n');
    begun.push(first);
    for (const next of more) {
      yield begun.join('');
      begun = [next];
    }
  }
  const last = begun.join('') + decoder.decode();
  if (last !== '') yield last;
}
