const SECRET_NAME =
  /^(?:proxy[-_])?authorization$|^(?:set[-_])?cookie$|token|secret|passw|passphrase|passcode|(?:^|[^a-z])(?:pass|pwd|jwt|otp|sig)$|(?:api|access|private|subscription|functions)[-_]?key|credential|signature|^x[-_]auth|session[-_]?id|^sid$/i;
const NUMBER_NAME = /passw|passcode|pwd|secret|otp$/i;

/** Whether what stands under this name is a credential. */
export const isSecretName = (name: string): boolean => SECRET_NAME.test(name);

/** Whether a number under this name is one, too: `max_tokens` counts. */
export const isSecretNumberName = (name: string): boolean => NUMBER_NAME.test(name);
