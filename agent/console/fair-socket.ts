/**
 * A WebSocket that waits for its reader, and takes only well-formed messages. Streams of the API are pulled as fast as
 * `send` resolves and know no other brake, so without this one stream could fill the memory and keep every other request
 * from being read.
 */
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import type { MessageEvent, WebSocket } from 'ws';
import { isRpcMessage } from './rpc-message.ts';

const MESSAGES_PER_TURN = 64;
const BUFFERED_BYTES = 1 << 20;
const PAUSE_MS = 5;
/** RFC 6455: the endpoint got data that it cannot accept. */
const UNACCEPTABLE = 1003;

export type FairSocket = Pick<WebSocket, 'addEventListener'> & {
  send(message: string | ArrayBufferLike | Uint8Array): Promise<void>;
};

export function fairSocket(socket: WebSocket): FairSocket {
  let sent = 0;
  const addEventListener = (type: string, listener: (event: MessageEvent) => void): void => {
    if (type !== 'message') {
      socket.addEventListener(type as 'close', listener as () => void);
      return;
    }
    socket.addEventListener('message', (event) => {
      if (isRpcMessage(event.data)) listener(event);
      else socket.close(UNACCEPTABLE, 'not a message of this protocol');
    });
  };
  return {
    addEventListener: addEventListener as WebSocket['addEventListener'],
    send: async (message) => {
      socket.send(message);
      sent += 1;
      if (sent % MESSAGES_PER_TURN === 0) await nextTurn();
      while (socket.bufferedAmount > BUFFERED_BYTES && socket.readyState === socket.OPEN) await pause(PAUSE_MS);
    },
  };
}
