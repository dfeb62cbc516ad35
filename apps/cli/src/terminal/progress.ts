import { duration } from '@testmesh/views';
import type { Style } from './style.ts';

// Live progress on stderr. In a terminal: one line per running flow, erased before anything else is printed.
// Elsewhere: a line for a step that takes long, no cursor control.

export type ProgressKind = 'bar' | 'lines' | 'none';

export interface Progress extends Disposable {
  readonly started: (file: string) => void;
  readonly step: (file: string, step: string) => void;
  readonly ended: (file: string) => void;
  /** Takes the live lines away while `print` writes to the terminal. */
  readonly around: (print: () => void) => void;
}

export interface ProgressSurroundings {
  readonly write: (text: string) => void;
  readonly style: Style;
  readonly total: number;
  readonly now: () => number;
}

const SHOWN = 8;
const REFRESH_MS = 120;
const HEARTBEAT_MS = 30_000;

interface Running {
  readonly since: number;
  step: string;
  stepSince: number;
  heartbeat: number;
}

export const progressKind = (choice: 'auto' | ProgressKind, isTerminal: boolean): ProgressKind =>
  choice === 'auto' ? (isTerminal ? 'bar' : 'lines') : choice;

export const openProgress = (kind: ProgressKind, around: ProgressSurroundings): Progress => {
  const running = new Map<string, Running>();
  let ended = 0;
  let drawn = 0;

  const erase = (): void => {
    if (drawn > 0) around.write(`\u001b[${drawn}A\u001b[0J`);
    drawn = 0;
  };
  const draw = (): void => {
    if (running.size === 0) return;
    const lines = liveLines(running, ended, around);
    around.write(`${lines.join('\n')}\n`);
    drawn = lines.length;
  };
  const redraw = (): void => {
    erase();
    draw();
  };
  const beat = (): void => {
    for (const [file, one] of running) {
      if (around.now() - Math.max(one.stepSince, one.heartbeat) < HEARTBEAT_MS) continue;
      one.heartbeat = around.now();
      around.write(`${file}: ${one.step} is running for ${duration(around.now() - one.stepSince)}\n`);
    }
  };
  const timer = kind === 'none' ? undefined : setInterval(kind === 'bar' ? redraw : beat, REFRESH_MS);
  timer?.unref();

  return {
    started: (file) => {
      const now = around.now();
      running.set(file, { since: now, step: 'starting', stepSince: now, heartbeat: now });
    },
    step: (file, step) => {
      const one = running.get(file);
      if (one !== undefined) Object.assign(one, { step, stepSince: around.now() });
    },
    ended: (file) => {
      running.delete(file);
      ended += 1;
    },
    around: (print) => {
      if (kind === 'bar') erase();
      print();
    },
    [Symbol.dispose]: () => {
      clearInterval(timer);
      if (kind === 'bar') erase();
    },
  };
};

const liveLines = (
  running: ReadonlyMap<string, Running>,
  ended: number,
  around: ProgressSurroundings,
): readonly string[] => {
  const { style, total, now } = around;
  const shown = [...running].slice(0, SHOWN).map(([file, one]) => {
    const line = `  ${file}  ${one.step}  ${duration(now() - one.stepSince)}`;
    return style.dim(line.slice(0, Math.max(20, style.width - 1)));
  });
  const rest = running.size > SHOWN ? [style.dim(`  and ${running.size - SHOWN} more`)] : [];
  return total === 1 ? shown : [...shown, ...rest, style.dim(`  ${ended} of ${total} flows ended`)];
};
