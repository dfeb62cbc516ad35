import { EventEmitter } from 'node:events';
import type { Wakeups } from '@testmesh/ports';

/** Wake-ups within one process; a listener runs after whoever woke it has gone on. */
export const localWakeups = (): Wakeups => {
  const emitter = new EventEmitter().setMaxListeners(0);
  return {
    wake: (topic) => {
      setImmediate(() => emitter.emit(topic));
    },
    onWake: (topic, listener) => {
      emitter.on(topic, listener);
      return () => emitter.off(topic, listener);
    },
  };
};
