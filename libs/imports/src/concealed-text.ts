import { isSecretName } from './secret-names.ts';

// Credentials within a text that is no data to us. Each rule takes time in proportion to the text, whoever wrote it.

/** What stands in place of a credential; the hint is the name that it stood under. */
export type Hide = (value: string, hint: string) => string;
type Rule = (text: string, hide: Hide) => string;

/** User and password of an address, to the last `@` before its path. Without a password, the user is the credential. */
const inAddresses: Rule = (text, hide) =>
  text.replace(/(?<=:\/\/)([^\s/?#"'<>\\]+)@/g, (_all, given: string) => {
    const colon = given.indexOf(':');
    const [user, password] = colon === -1 ? [given, ''] : [given.slice(0, colon), given.slice(colon + 1)];
    if (password === '') return `${hide(user, 'BASIC_USERNAME')}${colon === -1 ? '' : ':'}@`;
    return `${user}:${hide(password, 'BASIC_PASSWORD')}@`;
  });

/** `"name": "value"`, `name: "value"`, `name="value"`, and the first of them within a JSON text. */
const inQuotes: Rule = (text, hide) =>
  text.replace(
    /(?<![\w.-])([\w.-]+)((?:\\?["'])?\s*[:=]\s*)(\\?["'])((?:(?!\3)(?:\\.|[^\\]))*)\3/gs,
    (all, name: string, between: string, quote: string, value: string) =>
      isSecretName(name) ? `${name}${between}${quote}${hide(value, name)}${quote}` : all,
  );

/** `"name": 123`, which is text where numbers are longer than data takes. */
const inNumbers: Rule = (text, hide) =>
  text.replace(/"([\w.-]+)"(\s*:\s*)(-?\d[\w.+-]*)/g, (all, name: string, between: string, value: string) =>
    isSecretName(name) ? `"${name}"${between}${hide(value, name)}` : all,
  );

const pairsUpTo =
  (pattern: RegExp): Rule =>
  (text, hide) =>
    text.replace(pattern, (all, name: string, value: string) =>
      isSecretName(decoded(name)) ? `${name}=${hide(value, name)}` : all,
    );
/** `name=value` in an address, a header or a sentence. */
const inPairs = pairsUpTo(/(?<![\w.%[\]-])([\w.%[\]-]+)=([^&;#,\s"'<>\\]+)/g);
/** `name=value` in what follows the host of an address. */
const inQuery = pairsUpTo(/(?<=[?&;#])([^=&;#?]+)=([^&;#]*)/g);
/** `name=value` in a body, where a value may hold spaces. */
const inFields = pairsUpTo(/(?<![\w.%[\]-])([\w.%[\]-]+)=([^&\r\n"'<>]+)/g);

const inElements: Rule = (text, hide) =>
  text.replace(
    /<([\w:.-]+)((?:\s[^<>]*)?>)(?:<!\[CDATA\[(.{0,4000}?)\]\]>|([^<]+))(?=<\/)/gs,
    (all, name: string, rest: string, data: string | undefined, plain: string | undefined) => {
      if (!isSecretName(name)) return all;
      const value = hide(data ?? plain ?? '', name);
      return `<${name}${rest}${data === undefined ? value : `<![CDATA[${value}]]>`}`;
    },
  );

/** A part of a multipart body as it goes over the wire. */
const inParts: Rule = (text, hide) =>
  text.replace(
    /((?<=[\s;])name="([^"\r\n]{1,200})"[^\r\n]*\r?\n(?:[^\r\n]+\r?\n){0,20}\r?\n)(.{0,4000}?)(?=\r?\n--)/gs,
    (all, before: string, name: string, value: string) => (isSecretName(name) ? `${before}${hide(value, name)}` : all),
  );

/** `name: value` on a line of its own. */
const inLines: Rule = (text, hide) =>
  text.replace(/^([ \t]*([\w.-]+)[ \t]*:[ \t]+)([^\s"'{[][^\r\n]*)$/gm, (all, before: string, name: string, value) =>
    isSecretName(name) ? `${before}${hide(value, name)}` : all,
  );

/** What is a credential by its looks. */
const byLooks: Rule = (text, hide) =>
  text
    .replace(/\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/g, (token) => hide(token, 'JWT'))
    .replace(
      /\b(Bearer\s+)(?=[\w.~+/=-]*\d)([\w.~+/=-]{8,})/gi,
      (_all, scheme: string, token: string) => `${scheme}${hide(token, 'BEARER_TOKEN')}`,
    );

const applied =
  (rules: readonly Rule[]): Rule =>
  (text, hide) =>
    rules.reduce((shown, rule) => rule(shown, hide), text);

/** For a text within something: a field, a header, a name. */
export const concealPhrase = applied([inAddresses, inQuotes, inPairs, byLooks]);
/** For a body that is text. */
export const concealDocument = applied([
  inElements,
  inParts,
  inAddresses,
  inQuotes,
  inNumbers,
  inFields,
  inLines,
  byLooks,
]);

/** For what follows the user and password of an address. */
export const concealPath = applied([inQuery, inAddresses, byLooks]);

export const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    if (cause instanceof URIError) return text;
    throw cause;
  }
};
