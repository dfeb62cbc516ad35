/** A regular expression whose matching time is linear in the text. */
export interface Regex {
  readonly source: string;
  readonly matches: (text: string) => boolean;
}
