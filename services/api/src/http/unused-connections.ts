import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Ends connections on which nothing was asked yet, when it is called: browsers open some in advance, and a server that is
 * closing takes them for busy.
 */
export const unusedConnections = (server: Server): { readonly end: () => void } => {
  const open = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  return {
    end: () => {
      for (const socket of open) if (socket.bytesRead === 0) socket.destroy();
    },
  };
};
