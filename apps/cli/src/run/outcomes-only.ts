import type { RunEvent } from '@testmesh/domain';

/**
 * A fact without what only detailed reports print: the result and the exchange of a step that passed. A run of many
 * thousand steps would otherwise hold all of them in memory until its end; the journal keeps them.
 */
export const outcomesOnly = (event: RunEvent): RunEvent => {
  if (event.type !== 'StepCompleted' || event.status !== 'passed') return event;
  const { output: _output, exchange, ...outcome } = event;
  return exchange === undefined
    ? outcome
    : { ...outcome, exchange: { kind: exchange.kind, summary: exchange.summary } };
};
