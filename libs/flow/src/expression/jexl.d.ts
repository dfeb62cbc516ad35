// The part of jexl that the differential test uses; the package brings no types.
declare module 'jexl' {
  export class Jexl {
    addTransform(name: string, transform: (text: string) => string): void;
    evalSync(expression: string, context: Record<string, unknown>): unknown;
  }
}
