import { Problem } from '@testmesh/contracts';
import type { Value } from '@testmesh/domain';

// What readers of other tools' files have in common. Every text in it is a template: what was literal is escaped.

export type Pair = readonly [name: string, value: string];

export type ImportedBody =
  | { readonly kind: 'json'; readonly value: Value }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'form'; readonly fields: readonly Pair[] }
  | {
      readonly kind: 'multipart';
      readonly fields: readonly (Pair | { readonly name: string; readonly file: string })[];
    }
  | { readonly kind: 'graphql'; readonly query: string; readonly variables?: Value };

export type ImportedAuth =
  | { readonly type: 'basic'; readonly username: string; readonly password: string }
  | { readonly type: 'bearer'; readonly token: string }
  | { readonly type: 'api_key'; readonly key: string; readonly name: string; readonly location: 'header' | 'query' };

export interface ImportedRequest {
  readonly name?: string;
  readonly method: string;
  readonly url: string;
  readonly headers: readonly Pair[];
  readonly body?: ImportedBody;
  readonly auth?: ImportedAuth;
  readonly followsRedirects?: boolean;
  readonly checksCertificate?: boolean;
  /** What the file puts into the path, under the names of the places. */
  readonly pathValues?: readonly Pair[];
  /** What was answered when it was recorded. */
  readonly status?: number;
}

/** Requests that become one flow. */
export interface ImportedGroup {
  readonly name: string;
  readonly description?: string;
  readonly requests: readonly ImportedRequest[];
  /** Values that the file itself gives to names. */
  readonly values?: readonly Pair[];
}

export interface ImportedFile {
  readonly groups: readonly ImportedGroup[];
  /** What the file says and a flow does not, one sentence each. */
  readonly notes: readonly string[];
}

/** An address without its user and password. */
export const withoutUser = (url: string): string => url.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/?#]*@/i, '$1');

/** Text that stands for itself within a template. */
export const literal = (text: string): string => text.replaceAll('${', () => '$${');

/** Refuses the content of an import, by its line where that is known. */
export const refusedContent = (message: string, line?: number): Problem =>
  new Problem('invalid-request', message, {
    errors: [{ pointer: '/content', message, ...(line !== undefined && { line }) }],
  });
