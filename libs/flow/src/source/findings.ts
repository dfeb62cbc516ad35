import type { Diagnostic } from '@testmesh/contracts';
import type { Span } from '@testmesh/domain';
import type { Problem } from '../model/text.ts';

interface More {
  readonly suggestion?: string;
  readonly help?: string;
}

/** Collects everything wrong with a file, so that all of it is told at once. */
export class Findings {
  readonly #found: Diagnostic[] = [];

  error(code: string, span: Span, message: string, more: More = {}): void {
    this.#found.push({ code, severity: 'error', message, span, ...more });
  }

  warning(code: string, span: Span, message: string, more: More = {}): void {
    this.#found.push({ code, severity: 'warning', message, span, ...more });
  }

  problem(problem: Problem): void {
    this.#found.push({ severity: 'error', ...problem });
  }

  add(diagnostics: readonly Diagnostic[]): void {
    this.#found.push(...diagnostics);
  }

  get hasErrors(): boolean {
    return this.#found.some(({ severity }) => severity === 'error');
  }

  get all(): readonly Diagnostic[] {
    return this.#found;
  }
}
