import * as z from 'zod';
import {
  type ImportedBody,
  type ImportedFile,
  type ImportedRequest,
  literal,
  type Pair,
  refusedContent,
  withoutUser,
} from './imported.ts';
import { isPlainJson, jsonBody, looksLikeJson } from './json-body.ts';
import { readJsonContent } from './read-json-content.ts';

// HAR 1.2, as browsers and proxies save what they sent. What a page loads to be looked at is left out.

const pair = z.object({ name: z.string(), value: z.string() });
const entry = z.object({
  _resourceType: z.string().optional(),
  request: z.object({
    method: z.string(),
    url: z.string(),
    headers: z.array(pair).default([]),
    postData: z
      .object({
        mimeType: z.string().default(''),
        text: z.string().optional(),
        params: z
          .array(z.object({ name: z.string(), value: z.string().optional(), fileName: z.string().optional() }))
          .optional(),
      })
      .optional(),
  }),
  response: z.object({ status: z.number(), content: z.object({ mimeType: z.string().optional() }).optional() }),
});
const har = z.object({ log: z.object({ entries: z.array(entry) }) });
type Entry = z.output<typeof entry>;
type Post = NonNullable<Entry['request']['postData']>;

const LOOKED_AT: ReadonlySet<string> = new Set([
  'image',
  'stylesheet',
  'font',
  'script',
  'media',
  'manifest',
  'websocket',
]);
const LOOKED_AT_TYPE = /^(?:image|font|video|audio)\/|^text\/css|javascript|font/i;
/** What the client says of itself and of this one connection. */
const OWN_HEADER =
  /^(?::.*|host|content-length|connection|accept-encoding|user-agent|sec-.*|upgrade-insecure-requests|dnt|pragma|cache-control|te|priority|referer|if-none-match|if-modified-since|keep-alive|transfer-encoding)$/i;

/** One flow of everything that was sent, each step expecting the status that was answered. */
export const readHar = (text: string): ImportedFile => {
  const { log } = readJsonContent(har, text);
  const wanted = log.entries.filter((one) => !isLookedAt(one));
  if (wanted.length === 0) throw refusedContent('there is no request in it but for what a page shows');
  const left = log.entries.length - wanted.length;
  const notes = left === 0 ? [] : [`${left} requests for images, styles, fonts and scripts are left out`];
  const [first] = wanted;
  const name = `Recorded at ${first === undefined ? '' : hostOf(first.request.url)}`;
  return { groups: [{ name, requests: wanted.map(requestOf) }], notes };
};

const hostOf = (url: string): string => URL.parse(url)?.host ?? withoutUser(url).replace(/[?#].*$/s, '');

const isLookedAt = ({ _resourceType: type, response }: Entry): boolean =>
  type === undefined ? LOOKED_AT_TYPE.test(response.content?.mimeType ?? '') : LOOKED_AT.has(type);

const requestOf = ({ request, response }: Entry): ImportedRequest => {
  const body = request.postData === undefined ? undefined : bodyOf(request.postData);
  const headers = request.headers.filter(
    ({ name, value }) => !OWN_HEADER.test(name) && (!/^content-type$/i.test(name) || saysType(body, value)),
  );
  return {
    method: request.method.toUpperCase(),
    url: literal(request.url.replace(/#.*$/s, '')),
    headers: headers.map(({ name, value }): Pair => [name, literal(value)]),
    ...(body !== undefined && { body }),
    ...(response.status > 0 && { status: response.status }),
    followsRedirects: false,
  };
};

/** Whether a type has to be said: the action says the usual one of data. */
const saysType = (body: ImportedBody | undefined, type: string): boolean =>
  body?.kind === 'text' || (body?.kind === 'json' && !isPlainJson(type));

const bodyOf = ({ mimeType, text = '', params }: Post): ImportedBody | undefined => {
  if (/multipart\/form-data/i.test(mimeType) && params !== undefined) {
    return {
      kind: 'multipart',
      fields: params.map(({ name, value = '', fileName }) =>
        fileName === undefined ? ([name, literal(value)] as const) : { name, file: fileName },
      ),
    };
  }
  if (/x-www-form-urlencoded/i.test(mimeType)) {
    const fields =
      text === '' ? (params ?? []).map(({ name, value = '' }): Pair => [name, value]) : [...new URLSearchParams(text)];
    return { kind: 'form', fields: fields.map(([name, value]) => [name, literal(value)]) };
  }
  if (text === '') return undefined;
  return /json/i.test(mimeType) || looksLikeJson(text)
    ? jsonBody(literal(text))
    : { kind: 'text', text: literal(text) };
};
