/** Makes a forgotten union member a compile error instead of a silent default. */
export const unreachable = (value: never): never => {
  throw new Error(`unreachable: ${JSON.stringify(value)}`);
};
