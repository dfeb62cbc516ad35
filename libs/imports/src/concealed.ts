import type { Value } from '@testmesh/domain';
import { concealDocument, concealPath, concealPhrase, decoded, type Hide } from './concealed-text.ts';
import type { Pair } from './imported.ts';
import { type ImportedAuth, type ImportedBody, type ImportedGroup, type ImportedRequest, literal } from './imported.ts';
import { variableName } from './postman-names.ts';
import { isSecretName, isSecretNumberName } from './secret-names.ts';
import { withTexts } from './texts.ts';

// Credentials do not go into a flow's text. Invariants:
// H1. What a header, an address, a field, an auth block or a text says under the name of a secret becomes a variable.
// H2. One value is one variable, and two values are never the same one.
// H3. What is long enough to be no ordinary word stands nowhere else either: names, descriptions and notes show a mask.

const MASK = '***';
const NO_ORDINARY_WORD = 8;
/** Nothing but places to fill. */
const isTemplateOnly = (text: string): boolean => /^(?:\$\{[^}]*\}\s*)*$/.test(text);

export class Concealer {
  readonly #names = new Map<string, string>();
  readonly #reserved: ReadonlySet<string>;
  readonly #hide: Hide = (value, hint) => {
    if (value === '' || isTemplateOnly(value)) return value;
    return `\${${this.#names.get(value) ?? this.#named(value, hint)}}`;
  };

  /** `values` are those that the file gives to names itself. */
  constructor(values: readonly Pair[] = []) {
    this.#reserved = new Set(values.map(([name]) => variableName(name).toUpperCase()));
    for (const [name, value] of values) {
      if (isSecretName(name) && value !== '') this.#names.set(literal(value), variableName(name));
    }
  }

  /** The variables that stand for what was concealed. */
  get names(): readonly string[] {
    return [...new Set(this.#names.values())];
  }

  /** A group without what says itself that it is a credential. */
  group({ requests, values = [], ...rest }: ImportedGroup): ImportedGroup {
    return {
      ...rest,
      requests: requests.map((request) => this.#request(request)),
      values: values.map(([name, value]) => [
        name,
        isSecretName(name) ? '' : concealPhrase(literal(value), this.#hide),
      ]),
    };
  }

  /** A group without what was found to be a credential anywhere: to be asked once every group was looked at. */
  swept({ name, description, requests, values = [] }: ImportedGroup): ImportedGroup {
    return {
      name: this.shown(name),
      ...(description !== undefined && { description: this.shown(description) }),
      requests: requests.map((request) => ({
        ...withTexts(request, (text) => this.#sweep(text)),
        ...(request.name !== undefined && { name: this.shown(request.name) }),
      })),
      values: values.map(([variable, value]) => [variable, this.#sweep(value)]),
    };
  }

  /** A text for people. */
  shown(text: string): string {
    return this.#sweep(
      concealPhrase(text, (value) => (isTemplateOnly(value) ? value : MASK)),
      () => MASK,
    );
  }

  #named(value: string, hint: string): string {
    const wanted = variableName(decoded(hint)).toUpperCase();
    const taken = new Set([...this.#reserved, ...this.names]);
    let name = wanted;
    for (let at = 2; taken.has(name); at++) name = `${wanted}_${at}`;
    this.#names.set(value, name);
    return name;
  }

  #sweep(text: string, standIn: (variable: string) => string = (variable) => `\${${variable}}`): string {
    if (text.length < NO_ORDINARY_WORD) return text;
    const known = [...this.#names].filter(([value]) => value.length >= NO_ORDINARY_WORD);
    const longestFirst = known.sort(([a], [b]) => b.length - a.length);
    return longestFirst.reduce(
      (shown, [value, variable]) => replacedOutsideTemplates(shown, value, standIn(variable)),
      text,
    );
  }

  #request(request: ImportedRequest): ImportedRequest {
    const { url, auth } = this.#address(request);
    return {
      ...request,
      url,
      headers: request.headers.map((header) => this.#header(header)),
      ...(request.body !== undefined && { body: this.#body(request.body) }),
      ...(auth !== undefined && { auth: this.#auth(auth) }),
    };
  }

  #header([name, value]: Pair): Pair {
    if (!isSecretName(name)) return [name, concealPhrase(value, this.#hide)];
    const [, scheme = '', rest = value] = /^((?:Bearer|Basic|Token|Digest|ApiKey) +)(.+)$/is.exec(value) ?? [];
    return [name, `${scheme}${this.#hide(rest, name)}`];
  }

  /** The user and the password of an address are its authorization. */
  #address({ url, auth, pathValues = [] }: ImportedRequest): Pick<ImportedRequest, 'url' | 'auth'> {
    const [, scheme = '', user, rest = url] = /^([a-z][a-z0-9+.-]*:\/\/)(?:([^/?#]*)@)?(.*)$/is.exec(url) ?? [];
    const [, username = '', password = ''] = /^([^:]*):?(.*)$/s.exec(user ?? '') ?? [];
    const given: ImportedAuth | undefined =
      user === undefined ? undefined : { type: 'basic', username: decoded(username), password: decoded(password) };
    const secretParts = new Map(
      pathValues.filter(([name]) => isSecretName(name)).map(([name, value]) => [value, name]),
    );
    const path = rest
      .split('/')
      .map((part) => {
        const [, plain = '', query = ''] = /^([^?#]*)(.*)$/s.exec(part) ?? [];
        const name = secretParts.get(plain);
        return name === undefined ? part : `${this.#hide(plain, name)}${query}`;
      })
      .join('/');
    const known = auth ?? given;
    return { url: `${scheme}${concealPath(path, this.#hide)}`, ...(known !== undefined && { auth: known }) };
  }

  #auth(auth: ImportedAuth): ImportedAuth {
    switch (auth.type) {
      case 'basic':
        return auth.password === ''
          ? { ...auth, username: this.#hide(auth.username, 'BASIC_USERNAME') }
          : { ...auth, password: this.#hide(auth.password, 'BASIC_PASSWORD') };
      case 'bearer':
        return { ...auth, token: this.#hide(auth.token, 'BEARER_TOKEN') };
      case 'api_key':
        return { ...auth, key: this.#hide(auth.key, auth.name || 'API_KEY') };
    }
  }

  #body(body: ImportedBody): ImportedBody {
    switch (body.kind) {
      case 'json':
        return { kind: 'json', value: this.#value(body.value, '') };
      case 'form':
        return { kind: 'form', fields: body.fields.map((field) => this.#field(field)) };
      case 'multipart':
        return {
          kind: 'multipart',
          fields: body.fields.map((field) => ('file' in field ? field : this.#field(field))),
        };
      case 'graphql': {
        const query = concealPhrase(body.query, this.#hide);
        return body.variables === undefined
          ? { ...body, query }
          : { ...body, query, variables: this.#value(body.variables, '') };
      }
      case 'text':
        return { kind: 'text', text: concealDocument(body.text, this.#hide) };
    }
  }

  #field([name, value]: Pair): Pair {
    return [name, isSecretName(name) ? this.#hide(value, name) : concealPhrase(value, this.#hide)];
  }

  /** `within` is the name of a secret that all of the value belongs to. */
  #value(value: Value, name: string, within = ''): Value {
    const hint = isSecretName(name) ? name : within === '' ? '' : name || within;
    if (typeof value === 'string') return hint === '' ? concealPhrase(value, this.#hide) : this.#hide(value, hint);
    if (typeof value === 'number' && isSecretNumberName(name)) {
      return this.#hide(String(value), name).replace(/^\$\{(.*)\}$/, '${number($1)}');
    }
    if (Array.isArray(value)) return value.map((item) => this.#value(item, name, within));
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value);
    const inner = nameBeside(entries);
    return Object.fromEntries(
      entries.map(([key, item]) => [key, this.#value(item, key === 'value' ? inner || key : key, hint)]),
    );
  }
}

/** `{"name": "password", "value": …}` */
const nameBeside = (entries: readonly (readonly [string, Value])[]): string => {
  const [, name] = entries.find(([key]) => key === 'name' || key === 'key') ?? [];
  return typeof name === 'string' ? name : '';
};

/** What stands between `${` and `}` is a name, whatever it spells. */
const replacedOutsideTemplates = (text: string, value: string, standIn: string): string =>
  text.includes(value)
    ? text
        .split(/(\$\{[^}]*\})/)
        .map((part, at) => (at % 2 === 1 ? part : part.replaceAll(value, () => standIn)))
        .join('')
    : text;
