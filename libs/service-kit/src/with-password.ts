/**
 * An address with the password that a variable of its own holds: container platforms keep passwords apart, and cannot write
 * them into an address. Two passwords are refused, since one of them is wrong.
 */
export const withPassword = (environment: NodeJS.ProcessEnv, address: string, variable: string): string => {
  const password = environment[variable];
  if (password === undefined || password === '') return address;
  const url = URL.parse(address);
  if (url === null || url.host === '')
    throw new Error(`${variable} is set, and the address it belongs to names no host`);
  if (url.password !== '') throw new Error(`${variable} is set, and the address it belongs to has a password already`);
  url.password = encodeURIComponent(password);
  return url.href;
};
