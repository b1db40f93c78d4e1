/**
 * A WebSocket that waits for its reader. Streams of the API are pulled as fast as `send` resolves and know no other
 * brake, so without this one stream could fill the memory and keep every other request from being read.
 */
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import type { WebSocket } from 'ws';

const MESSAGES_PER_TURN = 64;
const BUFFERED_BYTES = 1 << 20;
const PAUSE_MS = 5;

export interface FairSocket {
  addEventListener: WebSocket['addEventListener'];
  send(message: string | ArrayBufferLike | Uint8Array): Promise<void>;
}

export function fairSocket(socket: WebSocket): FairSocket {
  let sent = 0;
  return {
    addEventListener: socket.addEventListener.bind(socket),
    send: async (message) => {
      socket.send(message);
      sent += 1;
      if (sent % MESSAGES_PER_TURN === 0) await nextTurn();
      while (socket.bufferedAmount > BUFFERED_BYTES && socket.readyState === socket.OPEN) await pause(PAUSE_MS);
    },
  };
}
