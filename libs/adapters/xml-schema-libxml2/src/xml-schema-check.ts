// XML Schema 1.0 by libxml2. Invariants:
// X1. Schemas come from the texts given and from nowhere else: no file is opened, no address is asked.
// X2. A document with a document type of its own is refused before anything in it is expanded.
// X3. A schema that cannot be used and a document that cannot be read are findings, never exceptions.
import type { Value, ValueMap } from '@testmesh/domain';
import {
  type ErrorDetail,
  XmlBufferInputProvider,
  XmlDocument,
  XmlError,
  XmlLibError,
  XsdValidator,
  xmlCleanupInputProvider,
  xmlRegisterInputProvider,
} from 'libxml2-wasm';

interface Finding {
  /** Where in the document, as an XPath; empty for the document itself. */
  readonly path: string;
  readonly message: string;
  /** Set when it is the schema that is at fault, not the document. */
  readonly ofSchema?: true;
}

/** Checks a text against an XML Schema, given as `{file, texts}`: its path and every text it includes, by path. */
export const xmlSchemaCheck = (schema: Value, value: Value): readonly Finding[] => {
  if (typeof value !== 'string') return [whole('it is no text, so it is no XML document')];
  if (/<!DOCTYPE/i.test(value)) return [whole('a document with a document type (<!DOCTYPE …>) is not checked')];
  const { file, texts } = schema as { readonly file: string; readonly texts: ValueMap };
  let document: XmlDocument | undefined;
  let validator: XsdValidator | undefined;
  try {
    validator = compiled(file, texts);
    document = XmlDocument.fromString(value);
    validator.validate(document);
    return [];
  } catch (error) {
    if (!(error instanceof XmlError)) throw error;
    if (validator !== undefined) return findings(error, '');
    return findings(error, 'the schema cannot be used: ').map((found) => ({ ...found, ofSchema: true }));
  } finally {
    document?.dispose();
    validator?.dispose();
  }
};

const compiled = (file: string, texts: ValueMap): XsdValidator => {
  const bytes = Object.entries(texts).map(([path, text]) => [path, Buffer.from(String(text))] as const);
  xmlRegisterInputProvider(new XmlBufferInputProvider(Object.fromEntries(bytes)));
  try {
    using document = XmlDocument.fromString(String(texts[file]), { url: file });
    return XsdValidator.fromDoc(document);
  } finally {
    xmlCleanupInputProvider();
  }
};

const findings = (error: XmlError, prefix: string): readonly Finding[] => {
  const details = error instanceof XmlLibError ? error.details : [];
  if (details.length === 0) return [whole(prefix + error.message.trim())];
  return details.map((detail) => ({ path: detail.xpath ?? '', message: prefix + sentence(detail) }));
};

const sentence = ({ message, line, xpath }: ErrorDetail): string =>
  xpath === undefined && line > 0 ? `line ${line}: ${message.trim()}` : message.trim();

const whole = (message: string): Finding => ({ path: '', message });
