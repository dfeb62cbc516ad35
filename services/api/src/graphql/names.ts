// REST says `step_id`, GraphQL says `stepId`; both mean the same member.

export const camel = (text: string): string =>
  text.replaceAll(/_([a-z0-9])/g, (_all, letter: string) => letter.toUpperCase());

export const pascal = (text: string): string => {
  const name = camel(text);
  return `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
};

/** A word of an enumeration as GraphQL can write it: `not run` is `not_run`. */
export const enumName = (word: string): string => {
  const name = word.replaceAll(/[^A-Za-z0-9_]/g, '_');
  return /^[A-Za-z_]/.test(name) ? name : `_${name}`;
};
