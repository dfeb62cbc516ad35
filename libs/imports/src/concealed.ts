import type { Value } from '@testmesh/domain';
import type { ImportedAuth, ImportedBody, ImportedRequest, Pair } from './imported.ts';
import { variableName } from './postman-names.ts';

// Credentials do not go into a flow's text. Invariants:
// H1. What a header, an address, a field or an auth block says under the name of a secret becomes a variable.
// H2. One value is one variable, and two values are never the same one.

const SECRET_NAME =
  /^(?:proxy-)?authorization$|^(?:set-)?cookie$|token|secret|passw|api[-_]?key|credential|signature|^x-auth|session[-_]?id|^sid$/i;

export const isSecretName = (name: string): boolean => SECRET_NAME.test(name);

/** Nothing but places to fill. */
const isTemplateOnly = (text: string): boolean => /^(?:\$\{[^}]*\}\s*)*$/.test(text);

export class Concealer {
  readonly #names = new Map<string, string>();
  readonly #reserved: ReadonlySet<string>;

  /** `reserved` are names that mean something else already. */
  constructor(reserved: Iterable<string> = []) {
    this.#reserved = new Set(reserved);
  }

  /** The variables that stand for what was concealed. */
  get names(): readonly string[] {
    return [...this.#names.values()];
  }

  request(request: ImportedRequest): ImportedRequest {
    const { url, auth } = this.#address(request);
    return {
      ...request,
      url,
      headers: request.headers.map((header) => this.#header(header)),
      ...(request.body !== undefined && { body: this.#body(request.body) }),
      ...(auth !== undefined && { auth: this.#auth(auth) }),
    };
  }

  #hide(value: string, hint: string): string {
    if (value === '' || isTemplateOnly(value)) return value;
    const known = this.#names.get(value);
    if (known !== undefined) return `\${${known}}`;
    const wanted = variableName(hint).toUpperCase();
    const taken = new Set([...this.#reserved, ...this.names]);
    let name = wanted;
    for (let at = 2; taken.has(name); at++) name = `${wanted}_${at}`;
    this.#names.set(value, name);
    return `\${${name}}`;
  }

  #header([name, value]: Pair): Pair {
    if (!isSecretName(name)) return [name, value];
    const [, scheme = '', rest = value] = /^((?:Bearer|Basic|Token|Digest|ApiKey) +)(.+)$/is.exec(value) ?? [];
    return [name, `${scheme}${this.#hide(rest, name)}`];
  }

  #address({ url, auth }: ImportedRequest): Pick<ImportedRequest, 'url' | 'auth'> {
    const [, scheme = '', user, password, rest = url] =
      /^(https?:\/\/)(?:([^/?#@:]*)(?::([^/?#@]*))?@)?(.*)$/is.exec(url) ?? [];
    const given: ImportedAuth | undefined =
      user === undefined ? undefined : { type: 'basic', username: decoded(user), password: decoded(password ?? '') };
    const shown = rest.replace(/([?&])([^=&#]+)=([^&#]*)/g, (all, before: string, name: string, value: string) =>
      isSecretName(name) ? `${before}${name}=${this.#hide(value, name)}` : all,
    );
    const known = auth ?? given;
    return { url: `${scheme}${shown}`, ...(known !== undefined && { auth: known }) };
  }

  #auth(auth: ImportedAuth): ImportedAuth {
    switch (auth.type) {
      case 'basic':
        return { ...auth, password: this.#hide(auth.password, 'BASIC_PASSWORD') };
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
      case 'graphql':
        return body.variables === undefined ? body : { ...body, variables: this.#value(body.variables, '') };
      case 'text':
        return body;
    }
  }

  #field([name, value]: Pair): Pair {
    return [name, isSecretName(name) ? this.#hide(value, name) : value];
  }

  #value(value: Value, name: string): Value {
    if (typeof value === 'string') return isSecretName(name) ? this.#hide(value, name) : value;
    if (Array.isArray(value)) return value.map((item) => this.#value(item, name));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, this.#value(inner, key)]));
  }
}

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    if (cause instanceof URIError) return text;
    throw cause;
  }
};
