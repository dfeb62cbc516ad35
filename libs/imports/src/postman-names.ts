import { literal } from './imported.ts';

/** Dynamic variables that flows have, too. */
const DYNAMIC: Readonly<Record<string, string>> = {
  $guid: 'UUID',
  $randomUUID: 'UUID',
  $timestamp: 'TIMESTAMP',
  $isoTimestamp: 'ISO_TIMESTAMP',
  $randomInt: 'RANDOM_INT(0, 1000)',
};

/** A name of Postman's as one that flows take. */
export const variableName = (name: string): string => {
  const plain = name.trim().replace(/[^A-Za-z0-9_]+/g, '_');
  return /^[A-Za-z_]/.test(plain) ? plain : `V_${plain}`;
};

/** `{{name}}` as `${name}`; what stood for itself still does. */
export const templateOf = (text: string, onUnknown: (name: string) => void): string =>
  literal(text).replace(/\{\{([^{}]+)\}\}/g, (_all, given: string) => {
    const name = given.trim();
    if (name.startsWith('$') && DYNAMIC[name] === undefined) onUnknown(name);
    return `\${${DYNAMIC[name] ?? variableName(name)}}`;
  });
