/**
 * The main process as a reader of the API, over a port like that of the window: it says what tray and notifications show.
 * A connection lives as long as the core that it goes to; the next one is opened when the next core serves.
 */
import type { MessagePortMain } from 'electron';
import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/websocket';
import type { ApiClient } from '../../core/api/contract.ts';
import { PortSocket } from '../../core/carrier/port-socket.ts';
import { wireOf } from '../shared/port-wire.ts';

export interface CoreConnection {
  readonly api: ApiClient;
  /** Aborted when the core is gone. */
  readonly ended: AbortSignal;
}

/** Resolves when the core has said hello; rejects when it goes before. */
export function connectToCore(port: MessagePortMain): Promise<CoreConnection> {
  const socket = new PortSocket(wireOf(port), { serves: false });
  const ended = new AbortController();
  return new Promise((resolve, reject) => {
    socket.addEventListener('close', () => reject(new Error('the core is gone')));
    socket.addEventListener('open', () => {
      // All that the link uses of a WebSocket is there.
      const link = new RPCLink({ websocket: socket as unknown as WebSocket });
      // After the link's own listener: it would tell a socket that is gone of what is called off.
      socket.addEventListener('close', () => ended.abort());
      resolve({ api: createORPCClient(link), ended: ended.signal });
    });
  });
}
