import type { Received } from './request.ts';

/** A request that came, and what became of it. */
export interface Call extends Received {
  readonly status: number | 'hang' | 'closed';
  /** The endpoint that answered, `GET /users/:id`; absent when none did. */
  readonly endpoint?: string;
}

/** The requests a mock received, as many as it can keep. */
export interface CallLog {
  readonly add: (call: Call) => void;
  readonly all: () => readonly Call[];
  /** Whether more came than could be kept, so that no count is exact. */
  readonly overflowed: () => boolean;
  readonly clear: () => void;
}

export const callLog = ({ calls: mostCalls, bytes: mostBytes }: { calls: number; bytes: number }): CallLog => {
  let calls: Call[] = [];
  let bytes = 0;
  let overflowed = false;
  return {
    add: (call) => {
      bytes += call.text.length;
      if (calls.length >= mostCalls || bytes > mostBytes) overflowed = true;
      else calls.push(call);
    },
    all: () => calls,
    overflowed: () => overflowed,
    clear: () => {
      calls = [];
      bytes = 0;
      overflowed = false;
    },
  };
};
