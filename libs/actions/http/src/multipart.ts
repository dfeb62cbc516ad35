// multipart/form-data (RFC 7578), built in memory: a request is small, and its bytes are shown in reports.
import { randomUUID } from 'node:crypto';
import { basename } from 'node:path';
import { stringifyJson, type Value } from '@testmesh/domain';
import type { HttpRequestConfig, MultipartPart } from './config.ts';

interface Part {
  readonly name: string;
  readonly filename?: string;
  readonly contentType?: string;
  readonly content: string | Uint8Array;
}
export type Parts = readonly Part[];

type ReadFile = (path: string) => Promise<Uint8Array>;

/** The parts a config names, with the bytes of their files. */
export const readParts = async (
  multipart: NonNullable<HttpRequestConfig['multipart']>,
  readFile: ReadFile,
): Promise<Parts> => {
  const named = Object.entries(multipart).flatMap(([name, part]) =>
    (Array.isArray(part) ? part : [part]).map((one) => ({ name, one })),
  );
  return Promise.all(named.map(({ name, one }) => readPart(name, one, readFile)));
};

const readPart = async (name: string, part: MultipartPart, readFile: ReadFile): Promise<Part> => {
  if (typeof part === 'object' && 'file' in part) {
    const content = await readFile(part.file);
    const contentType = part.content_type ?? 'application/octet-stream';
    return { name, filename: part.filename ?? basename(part.file), contentType, content };
  }
  if (typeof part === 'object' && 'value' in part) {
    const content = asText(part.value ?? null);
    return { name, content, ...(part.content_type !== undefined && { contentType: part.content_type }) };
  }
  return { name, content: asText(part) };
};

const asText = (value: Value): string => (typeof value === 'string' ? value : stringifyJson(value));

// RFC 7578 §4.2 with the escapes browsers use (WHATWG HTML, "multipart/form-data encoding algorithm").
const quoted = (text: string): string =>
  `"${text.replaceAll('\n', '%0A').replaceAll('\r', '%0D').replaceAll('"', '%22')}"`;

export const multipartBody = (parts: Parts): { bytes: Uint8Array; contentType: string } => {
  const boundary = `testmesh-${randomUUID()}`;
  const pieces = parts.flatMap(({ name, filename, contentType, content }) => {
    const file = filename === undefined ? '' : `; filename=${quoted(filename)}`;
    const type = contentType === undefined ? '' : `Content-Type: ${contentType}\r\n`;
    const head = `--${boundary}\r\nContent-Disposition: form-data; name=${quoted(name)}${file}\r\n${type}\r\n`;
    return [Buffer.from(head), typeof content === 'string' ? Buffer.from(content) : content, Buffer.from('\r\n')];
  });
  const bytes = Buffer.concat([...pieces, Buffer.from(`--${boundary}--\r\n`)]);
  return { bytes, contentType: `multipart/form-data; boundary=${boundary}` };
};
