// kafkajs asks a silent broker for half a minute and more, and cannot be told to stop. Invariants:
// K1. A client that is being opened is cut off when the step that opens it ends, so no run waits for it when it closes.
// K2. A step that only joined such an opening opens its own: another step's timeout is not its failure.
import { abortable } from '@testmesh/action-kit';
import { closeWithin } from './closing.ts';
import type { ClientSettings } from './settings.ts';

class GivenUp extends Error {}

interface Opening {
  readonly connect: () => Promise<unknown>;
  readonly disconnect: () => Promise<void>;
  readonly settings: ClientSettings;
  readonly signal: AbortSignal;
}

/** Connects, unless the signal aborts first. */
export const connected = async ({ connect, disconnect, settings, signal }: Opening): Promise<void> => {
  try {
    await abortable(connect(), signal);
  } catch (error) {
    if (!signal.aborted) {
      await closeWithin(disconnect, settings.cut);
      throw error;
    }
    settings.cut();
    throw new GivenUp('its step ended before the connection was made', { cause: error });
  }
};

/** Opens or joins; what another step gave up is opened again. */
export const joined = async <T>(signal: AbortSignal, open: () => Promise<T>): Promise<T> => {
  for (;;) {
    try {
      return await open();
    } catch (error) {
      if (!(error instanceof GivenUp) || signal.aborted) throw error;
    }
  }
};
