/** What `testmesh explain` says of a code. */
export interface CodeText {
  readonly title: string;
  readonly explanation: string;
  /** Complete where that is short, else the part that matters. */
  readonly example: { readonly wrong: string; readonly right: string };
}
