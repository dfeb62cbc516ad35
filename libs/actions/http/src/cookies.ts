// Cookies within a run. tough-cookie is loaded when the first cookie appears, so flows without cookies never pay for it.
import type { CookieJar } from 'tough-cookie';

/** The cookies a run has received so far. */
export class RunCookies {
  #jar: CookieJar | undefined;

  get isEmpty(): boolean {
    return this.#jar === undefined;
  }

  /** The Cookie header for an address: what the run received, with the request's own cookies over it. */
  async header(url: URL, own: Readonly<Record<string, string>>): Promise<string | undefined> {
    if (this.#jar === undefined && Object.keys(own).length === 0) return undefined;
    const received = (await this.#jar?.getCookies(url.href)) ?? [];
    const cookies = new Map(received.map(({ key, value }) => [key, value]));
    for (const [name, value] of Object.entries(own)) cookies.set(name, value);
    return cookies.size === 0 ? undefined : [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  /** Keeps what a response set, by the rules browsers follow: a cookie for another site is left out. */
  async receive(url: URL, lines: readonly string[]): Promise<void> {
    if (this.#jar === undefined) {
      const { CookieJar } = await import('tough-cookie');
      // Test environments live under single-label and internal names, which count as public suffixes.
      this.#jar = new CookieJar(undefined, { rejectPublicSuffixes: false, looseMode: true });
    }
    for (const line of lines) await this.#jar.setCookie(line, url.href, { ignoreError: true });
  }
}

/** Name and value of each Set-Cookie line, later lines over earlier ones. */
export const cookieValues = (lines: readonly string[]): Record<string, string> => {
  const values: [string, string][] = lines.map((line) => {
    const pair = line.split(';')[0] ?? '';
    const at = pair.indexOf('=');
    return at < 0 ? ['', pair.trim()] : [pair.slice(0, at).trim(), pair.slice(at + 1).trim()];
  });
  return Object.fromEntries(values);
};
