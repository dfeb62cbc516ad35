import { randomBytes } from 'node:crypto';

interface Ids {
  readonly traceId: string;
  readonly spanId: string;
}

/** Gives spans the ids that a run made for them; without any, for what the platform does for itself, random ones. */
export class GivenIds {
  #given: Ids | undefined;

  /** Spans that `work` starts have these ids. */
  with<Result>(given: Ids, work: () => Result): Result {
    this.#given = given;
    try {
      return work();
    } finally {
      this.#given = undefined;
    }
  }

  readonly generateTraceId = (): string => this.#given?.traceId ?? randomBytes(16).toString('hex');

  readonly generateSpanId = (): string => this.#given?.spanId ?? randomBytes(8).toString('hex');
}
