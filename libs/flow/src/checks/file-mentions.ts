import { isScalar, parseDocument, visit } from 'yaml';

/** Texts of a flow that may name a file or, with wildcards, several. */
export interface FileMentions {
  readonly paths: readonly string[];
  readonly globs: readonly string[];
}

const LONGEST = 512;
/** `body matches_schema_file "order.json"`: the path within an assertion. */
const SCHEMA_FILE = /\smatches_(?:xml_)?schema_file\s*:?\s*(["'])(.+)\1\s*$/;

/**
 * Every text of a flow that has the form of a relative path: whoever packs a flow for another machine looks which of them exist.
 * Texts with templates are known only when the flow runs, and are left out.
 */
export const fileMentions = (text: string): FileMentions => {
  const paths = new Set<string>();
  const globs = new Set<string>();
  visit(parseDocument(text, { logLevel: 'silent' }), {
    Scalar: (key, node) => {
      if (key === 'key' || !isScalar(node) || typeof node.value !== 'string') return;
      const value = (SCHEMA_FILE.exec(node.value)?.[2] ?? node.value).trim();
      if (!isPathLike(value)) return;
      (/[*?[\]]/.test(value) ? globs : paths).add(value);
    },
  });
  return { paths: [...paths], globs: [...globs] };
};

const isPathLike = (text: string): boolean =>
  text.length > 0 &&
  text.length <= LONGEST &&
  !/[\s{}$|<>"'\\]/.test(text) &&
  !/^[a-z][a-z0-9+.-]*:/i.test(text) &&
  !text.startsWith('/') &&
  /[./]/.test(text);
