// SQL text looked at just closely enough: where statements end, what kind they are, where parameters stand.
// S1. Nothing inside a string, a quoted name, a dollar-quoted body or a comment is ever taken for SQL.

export type Dialect = 'postgres' | 'mysql';

export interface Statement {
  readonly text: string;
  /** The first keyword, upper case: `SELECT`; empty for a statement of comments only. */
  readonly keyword: string;
  /** Whether it only reads: it may run twice without anyone noticing. */
  readonly readsOnly: boolean;
}

interface Piece {
  readonly kind: 'code' | 'quoted' | 'comment';
  readonly text: string;
}

// The alternatives are tried in order; the last one takes a run of plain characters or one special one.
const POSTGRES =
  /(?<comment>--[^\n]*)|(?<quoted>\b[eE]'(?:[^'\\]|\\.|'')*(?:'|$)|'(?:[^']|'')*(?:'|$)|"(?:[^"]|"")*(?:"|$)|(?<!\w)\$(?<tag>[A-Za-z_]\w*)?\$[\s\S]*?(?:\$\k<tag>\$|$(?![\s\S])))|(?<open>\/\*)|(?<code>[^'"$\-/eE]+|[\s\S])/gsy;
const MYSQL =
  /(?<comment>--(?=\s|$)[^\n]*|#[^\n]*)|(?<quoted>'(?:[^'\\]|\\.|'')*(?:'|$)|"(?:[^"\\]|\\.|"")*(?:"|$)|`(?:[^`]|``)*(?:`|$))|(?<open>\/\*)|(?<code>[^'"`\-/#]+|[\s\S])/gsy;

/** The end of a block comment that begins at `start`; PostgreSQL's nest. */
const blockCommentEnd = (sql: string, start: number, nests: boolean): number => {
  let depth = 1;
  let at = start + 2;
  while (at < sql.length && depth > 0) {
    if (sql.startsWith('*/', at)) {
      depth -= 1;
      at += 2;
    } else if (nests && sql.startsWith('/*', at)) {
      depth += 1;
      at += 2;
    } else at += 1;
  }
  return at;
};

function* pieces(sql: string, dialect: Dialect): Generator<Piece> {
  const pattern = new RegExp(dialect === 'postgres' ? POSTGRES : MYSQL);
  while (pattern.lastIndex < sql.length) {
    const start = pattern.lastIndex;
    const groups = pattern.exec(sql)?.groups ?? {};
    if (groups['open'] !== undefined) pattern.lastIndex = blockCommentEnd(sql, start, dialect === 'postgres');
    const text = sql.slice(start, pattern.lastIndex);
    if (groups['quoted'] !== undefined) yield { kind: 'quoted', text };
    else yield { kind: groups['code'] === undefined ? 'comment' : 'code', text };
  }
}

const WRITES =
  /\b(?:INSERT|UPDATE|DELETE|MERGE|REPLACE|INTO|NEXTVAL|SETVAL|SET_CONFIG|ANALYZE|CALL|PG_ADVISORY\w*|GET_LOCK)\b/;
const READS: ReadonlySet<string> = new Set([
  'SELECT',
  'SHOW',
  'EXPLAIN',
  'VALUES',
  'TABLE',
  'WITH',
  'DESCRIBE',
  'DESC',
]);

const statementOf = (text: string, code: string): Statement => {
  const upper = code.toUpperCase();
  const keyword = /[A-Z]+/.exec(upper)?.[0] ?? '';
  return { text: text.trim(), keyword, readsOnly: READS.has(keyword) && !WRITES.test(upper) };
};

/** The statements of a text that may hold several. */
export const splitStatements = (sql: string, dialect: Dialect): Statement[] => {
  const statements: Statement[] = [];
  let text = '';
  let code = '';
  const finish = () => {
    if (code.trim() !== '') statements.push(statementOf(text, code));
    text = '';
    code = '';
  };
  for (const piece of pieces(sql, dialect)) {
    const parts = piece.kind === 'code' ? piece.text.split(';') : [piece.text];
    parts.forEach((part, index) => {
      if (index > 0) finish();
      text += part;
      code += piece.kind === 'code' ? part : ' ';
    });
  }
  finish();
  return statements;
};

export interface Placeholder {
  readonly style: 'numbered' | 'question' | 'named';
  /** `1` of `$1`, `id` of `:id`, empty for `?`. */
  readonly name: string;
}

// A name follows a single colon, never a cast (`::text`) or an array slice (`[1:n]`).
const PLACEHOLDER = /\$(\d+)|(\?)|(?<![:\w]):([A-Za-z_]\w*)/g;

/** The text with each placeholder of the wanted styles replaced. */
export const replacePlaceholders = (
  sql: string,
  dialect: Dialect,
  replace: (placeholder: Placeholder, original: string) => string,
): string => {
  let result = '';
  for (const { kind, text } of joined(pieces(sql, dialect))) {
    result +=
      kind === 'code'
        ? text.replace(PLACEHOLDER, (original, number?: string, question?: string, name?: string) =>
            replace(placeholder(number, question, name), original),
          )
        : text;
  }
  return result;
};

const placeholder = (number?: string, question?: string, name = ''): Placeholder => {
  if (number !== undefined) return { style: 'numbered', name: number };
  return question === undefined ? { style: 'named', name } : { style: 'question', name: '' };
};

/** Neighbouring code pieces as one, so that a placeholder is never cut in two. */
function* joined(all: Iterable<Piece>): Generator<Piece> {
  let code = '';
  for (const piece of all) {
    if (piece.kind === 'code') {
      code += piece.text;
      continue;
    }
    if (code !== '') yield { kind: 'code', text: code };
    code = '';
    yield piece;
  }
  if (code !== '') yield { kind: 'code', text: code };
}
