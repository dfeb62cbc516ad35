// Timestamps of the servers' text form as ISO 8601, with every digit of the fraction.

const TIMESTAMP = /^(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2})(\.\d+)?$/;
const ZONED = /^(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2})(\.\d+)?([+-]\d{2})(?::?(\d{2}))?(?::?(\d{2}))?$/;

/** `2026-11-21T10:00:00.5` of `2026-11-21 10:00:00.5`; anything else (infinity, before our era) as it stands. */
export const isoTimestamp = (text: string): string => text.replace(TIMESTAMP, '$1T$2$3');

/** The moment in UTC, `2026-11-21T08:00:00.5Z` of `2026-11-21 10:00:00.5+02`. */
export const utcTimestamp = (text: string): string => {
  const parts = ZONED.exec(text);
  if (parts === null) return text;
  const [, date, time, fraction = '', hours = '', minutes = '0', seconds = '0'] = parts;
  const sign = hours.startsWith('-') ? -1 : 1;
  const offset = Number(hours) * 3600 + sign * (Number(minutes) * 60 + Number(seconds));
  const moment = new Date(Date.parse(`${date}T${time}Z`) - offset * 1000);
  return `${moment.toISOString().slice(0, 19)}${fraction}Z`;
};
