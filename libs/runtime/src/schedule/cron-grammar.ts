// What a cron expression may be made of. What is not written down here is refused, whatever the reckoning behind it would take.

/** Names that stand for five fields. */
const CRON_DESCRIPTORS = ['@hourly', '@daily', '@midnight', '@weekly', '@monthly', '@yearly', '@annually'];

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const WEEKDAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

interface Field {
  readonly name: string;
  readonly words: readonly string[];
}

const SECOND: Field = { name: 'second', words: [] };
const FIELDS: readonly Field[] = [
  { name: 'minute', words: [] },
  { name: 'hour', words: [] },
  { name: 'day of the month', words: [] },
  { name: 'month', words: MONTHS },
  { name: 'day of the week', words: WEEKDAYS },
];

// `*`, a step of it, `7`, `MON-FRI`, `8-18/2`: one of the list that a field is.
const ITEM = /^(?:\*(?:\/\d{1,2})?|([0-9]{1,2}|[A-Za-z]+)(?:-([0-9]{1,2}|[A-Za-z]+)(?:\/\d{1,2})?)?)$/;

/** What an expression has that none may have, for people; undefined when it is made as it should be. */
export const grammarProblem = (expression: string): string | undefined => {
  if (expression.startsWith('@')) {
    const isKnown = CRON_DESCRIPTORS.includes(expression);
    return isKnown ? undefined : `there is no ${expression}; use ${CRON_DESCRIPTORS.join(', ')} or five fields`;
  }
  const given = expression.split(/\s+/).filter((field) => field !== '');
  const fields = given.length === 6 ? [SECOND, ...FIELDS] : FIELDS;
  if (given.length !== fields.length) {
    return `a cron expression has 5 fields, or 6 with seconds first; this has ${given.length}`;
  }
  return fields.map((field, at) => fieldProblem(field, given[at] ?? '')).find((problem) => problem !== undefined);
};

const fieldProblem = ({ name, words }: Field, text: string): string | undefined => {
  const wrong = text.split(',').find((item) => !isItem(item, words));
  if (wrong === undefined) return undefined;
  const names = words.length === 0 ? '' : `, names (${words.slice(0, 2).join(', ')}, …)`;
  return `the ${name} ${text} is not understood: a field has numbers${names}, *, lists (1,15), ranges (1-5) and steps (*/15, 8-18/2)`;
};

const isItem = (item: string, words: readonly string[]): boolean => {
  const [whole, ...ends] = ITEM.exec(item) ?? [];
  const isKnown = (end: string): boolean => /^\d/.test(end) || words.includes(end.toUpperCase());
  return whole !== undefined && ends.every((end) => end === undefined || isKnown(end));
};
