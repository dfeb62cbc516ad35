// Passwords inside connection strings: `scheme://user:password@host`, `password=…`, `user:password@tcp(host)`.

// The password may itself hold an `@`: it ends at the last one before the path.
const URL_PASSWORD = /([a-z][a-z0-9+.-]*:\/\/[^\s:/?#"']*:)([^\s/"']*)(?=@)/gi;
const KEYWORD_PASSWORD = /((?:^|[\s;?&])(?:password|passwd|pwd)=)('[^']*'|[^\s;&'"]+)/gi;
const GO_PASSWORD = /((?:^|[\s"'])[^\s:/@"']+:)([^\s"']+)(?=@(?:tcp|unix)\()/g;

const PATTERNS = [URL_PASSWORD, KEYWORD_PASSWORD, GO_PASSWORD];

const mayHoldOne = (text: string): boolean =>
  text.includes('@') ? text.includes(':') : text.includes('=') && /p(?:ass)?w(?:or)?d=/i.test(text);

/** The text with the passwords of its connection strings masked where they stand. */
export const maskConnectionPasswords = (text: string, mask: string): string =>
  mayHoldOne(text) ? PATTERNS.reduce((masked, pattern) => masked.replace(pattern, `$1${mask}`), text) : text;

/** The passwords of the connection strings in a text, as written and percent-decoded. */
export const connectionPasswords = (text: string): string[] => {
  if (!mayHoldOne(text)) return [];
  const found = PATTERNS.flatMap((pattern) => [...text.matchAll(pattern)].map(([, , password = '']) => password));
  return found.flatMap((password) => [password, decoded(password)]).filter((password) => password !== '');
};

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    // Not percent-encoded after all: the text as written is all there is.
    return text;
  }
};
