/** The API answered, and not as asked. */
export class KubernetesFault extends Error {
  readonly status: number;
  /** Kubernetes' own word for it: `Forbidden`, `Conflict`, `Expired`. */
  readonly reason: string;

  constructor(message: string, status: number, reason: string) {
    super(message);
    this.status = status;
    this.reason = reason;
  }
}

/** The API did not answer; the message says what happened instead. */
export class KubernetesSilence extends Error {}

/** Errors of the network carry their meaning in the message, or where several addresses were tried in the code alone. */
export const silenceText = (cause: unknown): string => {
  const { message = '', code = '' } = cause as { readonly message?: string; readonly code?: string };
  return message || code || String(cause);
};

/** What was watched from is older than what the cluster remembers: only a new list helps. */
export class WatchExpired extends Error {}

/** What the API says went wrong, whether it says so as a Status or in any other text. */
export const statusOf = (text: string): { readonly message: string; readonly reason: string | undefined } => {
  try {
    const { kind, message, reason } = JSON.parse(text) as Partial<Record<'kind' | 'message' | 'reason', string>>;
    if (kind === 'Status') return { message: message ?? '', reason };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error; // a proxy's page: told as it is
  }
  return { message: text.slice(0, 500).trim(), reason: undefined };
};
