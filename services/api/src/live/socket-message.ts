import { type RecordedEvent, runEventOf, type StepCompleted } from '@testmesh/domain';
import type { RunRow } from '@testmesh/views';

/** What goes over the WebSocket; `seq` is where a reader may resume. */
export interface SocketMessage {
  readonly type: string;
  readonly execution_id: string;
  readonly seq: number;
  readonly data: Readonly<Record<string, unknown>>;
}

/** An event as its WebSocket message; undefined for one that has none. `row` is the run after it. */
export const socketMessage = (recorded: RecordedEvent, row: RunRow): SocketMessage | undefined => {
  const said = sayingOf(recorded, row);
  return said && { ...said, execution_id: row.runId, seq: recorded.ver };
};

type Saying = Pick<SocketMessage, 'type' | 'data'>;

const sayingOf = (recorded: RecordedEvent, row: RunRow): Saying | undefined => {
  const event = runEventOf(recorded);
  switch (event.type) {
    case 'RunStarted':
      return { type: 'execution.started', data: { flow_name: row.flowName, total_steps: row.totalSteps } };
    case 'StepStarted': {
      const { id, title, action, phase } = event;
      return { type: 'step.started', data: { step_id: id, step_name: title ?? id, action, phase } };
    }
    case 'StepCompleted':
      return stepEnd(event);
    case 'RunCompleted':
      return runEnd(row, event.durationMs);
    default:
      return undefined;
  }
};

const stepEnd = ({ id, title, status, durationMs, error, assertions }: StepCompleted): Saying => {
  const step = { step_id: id, step_name: title ?? id, duration_ms: durationMs };
  if (status === 'passed') return { type: 'step.completed', data: { ...step, status: 'completed' } };
  if (status === 'skipped') return { type: 'step.completed', data: { ...step, status: 'skipped' } };
  const unmet = assertions.find(({ passed }) => !passed);
  return { type: 'step.failed', data: { ...step, error_message: error?.message ?? unmet?.expression ?? status } };
};

const runEnd = ({ verdict, reason, passedSteps, failedSteps, totalSteps }: RunRow, durationMs: number): Saying => {
  const counts = { passed_steps: passedSteps, failed_steps: failedSteps, total_steps: totalSteps };
  const type = verdict === 'passed' ? 'execution.completed' : 'execution.failed';
  return {
    type,
    data: { ...counts, duration_ms: durationMs, ...(verdict !== 'passed' && { error: reason }), verdict },
  };
};
