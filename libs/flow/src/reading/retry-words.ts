import type { MapEntry, Node } from '../model/node.ts';
import { suggest } from '../source/suggest.ts';
import type { Reading } from './reading.ts';

/** Words of `retry_on` with a meaning of their own; any other is a status, a code, or a part of a message. */
const GROUPS = 'assertion assertion_failed error timeout connection_error network_error connection_refused'.split(' ');
const CODES = 'ECONNREFUSED ECONNRESET ETIMEDOUT ENOTFOUND EHOSTUNREACH ENETUNREACH EPIPE EAI_AGAIN'.split(' ');

/** A word that stands in both lists contradicts itself; one that is nearly a known word would never be met. */
export const checkRetryWords = ({ findings }: Reading, on: MapEntry | undefined, not: MapEntry | undefined): void => {
  const words = wordsOf(on);
  for (const { text, span } of wordsOf(not)) {
    if (!words.some((word) => word.text === text)) continue;
    findings.error('TM2017', span, `\`${text}\` stands in \`retry_on\` and in \`retry_on_not\``);
  }
  for (const { text, span } of [...words, ...wordsOf(not)]) {
    if (isNoStatus(text)) {
      const help = 'statuses are 100 to 599, and 1xx to 5xx for a class of them';
      findings.warning('TM2016', span, `no answer has the status \`${text}\``, { help });
      continue;
    }
    const meant = isKnown(text) ? undefined : suggest(text, [...GROUPS, ...CODES]);
    if (meant === undefined) continue;
    findings.warning('TM2016', span, `\`${text}\` is met only by an error whose message has this text`, {
      suggestion: `did you mean \`${meant}\`?`,
    });
  }
};

const wordsOf = (entry: MapEntry | undefined) => {
  const { value } = entry ?? {};
  const items: readonly Node[] = value === undefined ? [] : value.kind === 'list' ? value.items : [value];
  return items.flatMap((item) => (item.kind === 'scalar' ? [{ text: item.text.value.trim(), span: item.span }] : []));
};

const isKnown = (text: string): boolean =>
  GROUPS.includes(text.toLowerCase().replaceAll(/[\s-]/g, '_')) || CODES.includes(text.toUpperCase());

const isNoStatus = (text: string): boolean => /^\d[\dx][\dx]$/i.test(text) && !/^[1-5](?:\d\d|xx)$/i.test(text);
