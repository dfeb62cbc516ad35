import {
  type ImportedAuth,
  type ImportedBody,
  type ImportedFile,
  type ImportedRequest,
  literal,
  type Pair,
  refusedContent,
  withoutUser,
} from './imported.ts';
import { isPlainJson, jsonBody, looksLikeJson } from './json-body.ts';
import { type ShellCommand, shellCommands } from './shell-words.ts';

// curl's command line, as browsers copy it and people write it. An option that is not known is refused: it may change
// what is sent.

type Meaning =
  | 'method'
  | 'header'
  | 'data'
  | 'raw'
  | 'encoded'
  | 'json'
  | 'form'
  | 'user'
  | 'cookie'
  | 'agent'
  | 'referer'
  | 'url'
  | 'get'
  | 'head'
  | 'follow'
  | 'insecure'
  | 'bearer'
  | 'ignored'
  | 'ignored-value';

const OPTIONS: Readonly<Record<string, Meaning>> = {
  '-X': 'method',
  '--request': 'method',
  '-H': 'header',
  '--header': 'header',
  '-d': 'data',
  '--data': 'data',
  '--data-ascii': 'data',
  '--data-binary': 'data',
  '--data-raw': 'raw',
  '--data-urlencode': 'encoded',
  '--json': 'json',
  '-F': 'form',
  '--form': 'form',
  '-u': 'user',
  '--user': 'user',
  '-b': 'cookie',
  '--cookie': 'cookie',
  '-A': 'agent',
  '--user-agent': 'agent',
  '-e': 'referer',
  '--referer': 'referer',
  '--url': 'url',
  '-G': 'get',
  '--get': 'get',
  '-I': 'head',
  '--head': 'head',
  '-L': 'follow',
  '--location': 'follow',
  '-k': 'insecure',
  '--insecure': 'insecure',
  '--oauth2-bearer': 'bearer',
  '-s': 'ignored',
  '--silent': 'ignored',
  '-S': 'ignored',
  '--show-error': 'ignored',
  '-v': 'ignored',
  '--verbose': 'ignored',
  '-i': 'ignored',
  '--include': 'ignored',
  '-f': 'ignored',
  '--fail': 'ignored',
  '--compressed': 'ignored',
  '-N': 'ignored',
  '--no-buffer': 'ignored',
  '--http1.1': 'ignored',
  '--http2': 'ignored',
  '-g': 'ignored',
  '--globoff': 'ignored',
  '-o': 'ignored-value',
  '--output': 'ignored-value',
  '-w': 'ignored-value',
  '--write-out': 'ignored-value',
  '-m': 'ignored-value',
  '--max-time': 'ignored-value',
  '--connect-timeout': 'ignored-value',
  '--retry': 'ignored-value',
};
const ALONE: ReadonlySet<Meaning> = new Set(['get', 'head', 'follow', 'insecure', 'ignored']);

/** One flow of all commands, a step each. */
export const readCurl = (text: string): ImportedFile => {
  const commands = shellCommands(text);
  if (commands.length === 0) throw refusedContent('there is no curl command');
  const notes: string[] = [];
  const requests = commands.map((command) => requestOf(command, notes));
  const [first] = requests;
  const name =
    requests.length === 1
      ? `${first?.method} ${withoutUser(first?.url ?? '').replace(/[?#].*$/s, '')}`
      : 'curl commands';
  return { groups: [{ name, requests }], notes };
};

interface Option {
  readonly meaning: Meaning;
  readonly value: string;
}

const optionsOf = ({ words, line }: ShellCommand, notes: string[]): readonly Option[] => {
  const [program, ...rest] = words;
  if (program !== 'curl') throw refusedContent(`line ${line}: \`${program}\` is not curl`, line);
  const options: Option[] = [];
  while (rest.length > 0) options.push(nextOption(rest, line));
  for (const { meaning, value } of options) {
    if (meaning === 'ignored-value') notes.push(`line ${line}: ${value} is left out`);
  }
  return options;
};

/** Takes an option, and its value, from the front of the words. */
const nextOption = (words: string[], line: number): Option => {
  const word = words.shift() ?? '';
  if (!word.startsWith('-') || word === '-') return { meaning: 'url', value: word };
  const { name, more } = split(word);
  const meaning = OPTIONS[name];
  if (meaning === undefined) throw refusedContent(`line ${line}: the option ${name} of curl is not known here`, line);
  if (ALONE.has(meaning)) {
    // `-sSL` is three of them.
    if (more !== undefined) words.unshift(`-${more}`);
    return { meaning, value: '' };
  }
  const value = more ?? words.shift();
  if (value === undefined) throw refusedContent(`line ${line}: the option ${name} needs a value`, line);
  return { meaning, value: meaning === 'ignored-value' ? `${name} ${value}` : value };
};

/** `-XPOST` is `-X POST`; long options stand alone. */
const split = (word: string): { readonly name: string; readonly more?: string } => {
  if (word.startsWith('--') || word.length === 2) return { name: word };
  return { name: word.slice(0, 2), more: word.slice(2) };
};

const requestOf = (command: ShellCommand, notes: string[]): ImportedRequest => {
  const { line } = command;
  const options = optionsOf(command, notes);
  const all = (...meanings: readonly Meaning[]) => options.filter(({ meaning }) => meanings.includes(meaning));
  const last = (meaning: Meaning) => all(meaning).at(-1)?.value;
  const urls = all('url');
  const [url] = urls;
  if (url === undefined || urls.length > 1) {
    throw refusedContent(`line ${line}: a command names one address, this names ${urls.length}`, line);
  }
  const data = all('data', 'raw', 'encoded', 'json').map((option) => dataOf(option, line));
  const isQuery = last('get') !== undefined;
  const headers = headersOf(options);
  const body =
    isQuery || data.length === 0
      ? formOf(all('form'), line)
      : bodyOf(data.join('&'), headers, last('json') !== undefined);
  const method = last('method') ?? (last('head') !== undefined ? 'HEAD' : body === undefined ? 'GET' : 'POST');
  const auth = authOf(last('user'), last('bearer'));
  return {
    method: method.toUpperCase(),
    url: literal(withQuery(withScheme(url.value), isQuery ? data : [])),
    headers: withType(headers, body, last('json') !== undefined),
    ...(body !== undefined && { body }),
    ...(auth !== undefined && { auth }),
    ...(last('follow') === undefined && { followsRedirects: false }),
    ...(last('insecure') !== undefined && { checksCertificate: false }),
  };
};

const isType = ([name]: Pair): boolean => name.toLowerCase() === 'content-type';

/** The action says the type of a body that is data, if it is the usual one; curl says one of what it was not told. */
const withType = (headers: readonly Pair[], body: ImportedBody | undefined, isJson: boolean): readonly Pair[] => {
  if (body === undefined) return headers;
  const rest = headers.filter((header) => !isType(header));
  if (body.kind !== 'text' && body.kind !== 'json') return rest;
  const given = headers.filter(isType);
  if (given.length > 0) return body.kind === 'json' && given.every(([, type]) => isPlainJson(type)) ? rest : headers;
  if (isJson) return body.kind === 'json' ? rest : [...rest, ['Content-Type', 'application/json']];
  return [...rest, ['Content-Type', 'application/x-www-form-urlencoded']];
};

const withScheme = (url: string): string => (/^[a-z][a-z0-9+.-]*:\/\//i.test(url) ? url : `http://${url}`);

const withQuery = (url: string, data: readonly string[]): string =>
  data.length === 0 ? url : `${url}${url.includes('?') ? '&' : '?'}${data.join('&')}`;

const headersOf = (options: readonly Option[]): readonly Pair[] =>
  options.flatMap(({ meaning, value }): readonly Pair[] => {
    if (meaning === 'cookie') return [['Cookie', literal(value)]];
    if (meaning === 'agent') return [['User-Agent', literal(value)]];
    if (meaning === 'referer') return [['Referer', literal(value)]];
    if (meaning !== 'header') return [];
    const [, name = '', text = ''] = /^([^:;]+)[:;]\s*(.*)$/s.exec(value) ?? [];
    return name === '' || text === '' ? [] : [[name.trim(), literal(text)]];
  });

const dataOf = ({ meaning, value }: Option, line: number): string => {
  const isFile = meaning !== 'raw' && (meaning === 'encoded' ? /^[^=]*@/.test(value) : value.startsWith('@'));
  if (isFile) throw refusedContent(`line ${line}: ${value} is a file of another machine: give its text`, line);
  if (meaning !== 'encoded') return value;
  const [, name, text = ''] = /^(?:([^=]*)=)?(.*)$/s.exec(value) ?? [];
  return name ? `${name}=${encodeURIComponent(text)}` : encodeURIComponent(text);
};

const bodyOf = (data: string, headers: readonly Pair[], isJson: boolean): ImportedBody => {
  const type = headers.find(([name]) => name.toLowerCase() === 'content-type')?.[1] ?? '';
  if (isJson || /\bjson\b/i.test(type) || looksLikeJson(data)) return jsonBody(literal(data));
  if (type !== '' && !/x-www-form-urlencoded/i.test(type)) return { kind: 'text', text: literal(data) };
  const isFields = /^[^=&\s{[]+=[^&\s]*(?:&[^=&\s]+=[^&\s]*)*$/.test(data);
  if (!isFields) return { kind: 'text', text: literal(data) };
  return { kind: 'form', fields: [...new URLSearchParams(data)].map(([name, value]) => [name, literal(value)]) };
};

const formOf = (parts: readonly Option[], line: number): ImportedBody | undefined => {
  if (parts.length === 0) return undefined;
  const fields = parts.map(({ value }) => {
    const [, name = '', text = ''] = /^([^=]+)=(.*)$/s.exec(value) ?? [];
    if (name === '') throw refusedContent(`line ${line}: a part of a form is NAME=VALUE`, line);
    if (/^[@<]/.test(text)) return { name, file: text.slice(1).replace(/;.*$/s, '') };
    return [name, literal(text)] as const;
  });
  return { kind: 'multipart', fields };
};

const authOf = (user: string | undefined, token: string | undefined): ImportedAuth | undefined => {
  if (token !== undefined) return { type: 'bearer', token: literal(token) };
  if (user === undefined) return undefined;
  const [username = '', ...password] = user.split(':');
  return { type: 'basic', username: literal(username), password: literal(password.join(':')) };
};
