import type { Socket } from 'node:net';
import type pg from 'pg';

/** Ends a session without waiting for a server that may never answer; `client.end()` would. */
export const cutOff = (client: pg.Client): void => {
  // The driver does not declare its socket, and has no other way to let go of it.
  const { connection } = client as unknown as { readonly connection: { readonly stream: Socket } };
  connection.stream.destroy();
};
