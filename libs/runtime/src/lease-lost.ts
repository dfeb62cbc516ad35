export type LossReason = 'fenced' | 'terminal' | 'taken' | 'unconfirmed';

const WORDS: Readonly<Record<LossReason, string>> = {
  fenced: 'another executor owns it',
  terminal: 'it has ended already',
  taken: 'it was taken back from this executor',
  unconfirmed: 'its lease could not be extended in time',
};

/** This process may say nothing more about a run: whoever carries it has to stop. */
export class LeaseLost extends Error {
  readonly stream: string;
  readonly epoch: number;
  readonly why: LossReason;

  constructor(stream: string, epoch: number, why: LossReason) {
    super(`${stream} was lost under epoch ${epoch}: ${WORDS[why]}`);
    this.name = 'LeaseLost';
    this.stream = stream;
    this.epoch = epoch;
    this.why = why;
  }
}
