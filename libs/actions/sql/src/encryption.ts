// What an address' sslmode means for a driver.
import type { Address } from './address.ts';

export interface TlsSettings {
  readonly rejectUnauthorized: boolean;
  readonly ca?: string;
  /** Set for verify-ca, which trusts the authority and does not ask for the name. */
  readonly checkServerIdentity?: () => undefined;
}

/** The TLS settings to try, in order; undefined stands for an unencrypted connection. */
export const tlsAttempts = async (
  { ssl, rootCertificate }: Address,
  readFile: (path: string) => Promise<Uint8Array>,
): Promise<readonly (TlsSettings | undefined)[]> => {
  const ca = rootCertificate === undefined ? {} : { ca: Buffer.from(await readFile(rootCertificate)).toString() };
  switch (ssl) {
    case 'disable':
      return [undefined];
    case 'prefer':
      return [{ rejectUnauthorized: false }, undefined];
    case 'require':
      return [{ rejectUnauthorized: rootCertificate !== undefined, ...ca }];
    case 'verify-ca':
      return [{ rejectUnauthorized: true, checkServerIdentity: () => undefined, ...ca }];
    case 'verify-full':
      return [{ rejectUnauthorized: true, ...ca }];
  }
};
