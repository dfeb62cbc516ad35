import type { YAMLError } from 'yaml';

interface Sentence {
  readonly code: string;
  readonly message: string;
  readonly help?: string;
}

// The parser's own words are about grammar; these are about what was written.
const SENTENCES: Readonly<Partial<Record<YAMLError['code'], Sentence>>> = {
  TAB_AS_INDENT: { code: 'TM1005', message: 'a tab as indentation: YAML indents with spaces' },
  BAD_INDENT: { code: 'TM1001', message: 'the indentation does not fit, or a bracket is not closed before this line' },
  BAD_DQ_ESCAPE: {
    code: 'TM1001',
    message: 'an escape that double quotes do not know',
    help: "write the backslash twice, or use single quotes, where it is an ordinary character: '\\d+'",
  },
  BLOCK_AS_IMPLICIT_KEY: {
    code: 'TM1001',
    message: 'a second `: ` on one line, or lines that are indented under a value',
    help: "quote a text that contains `: `, or correct the indentation: 'note: this'",
  },
  MULTILINE_IMPLICIT_KEY: { code: 'TM1001', message: 'a key has to stand on one line; is a `:` or a quote missing?' },
  BAD_SCALAR_START: {
    code: 'TM1010',
    message: 'a text that starts with this character needs quotes',
    help: "quote it: '…'",
  },
  MULTIPLE_ANCHORS: { code: 'TM1001', message: 'a value can have one anchor only' },
  MULTIPLE_TAGS: { code: 'TM1012', message: 'a value can have one tag only' },
  BAD_ALIAS: { code: 'TM1011', message: 'an alias or anchor without a usable name' },
  ALIAS_PROPS: { code: 'TM1011', message: 'an alias can have no anchor or tag of its own' },
};

/** What a YAML error means, in plain words. */
export const sentenceOf = (error: YAMLError): Sentence => {
  const known = SENTENCES[error.code];
  if (known !== undefined) return known;
  if (/closing "quote/.test(error.message))
    return { code: 'TM1001', message: 'a double quote is opened and never closed' };
  if (/closing 'quote/.test(error.message))
    return { code: 'TM1001', message: 'a single quote is opened and never closed' };
  const message = error.message.replace(/\s+/g, ' ').replace(/^./, (letter) => letter.toLowerCase());
  return { code: 'TM1001', message: `not YAML: ${message}` };
};
