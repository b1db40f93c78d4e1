/** A port of Electron as the wire of a `PortSocket`: main process and utility process have the same kind. */
import type { MessagePortMain } from 'electron';
import type { Wire } from '../../core/carrier/port-socket.ts';

export function wireOf(port: MessagePortMain): Wire {
  return {
    post: (frame) => port.postMessage(frame),
    listen: (take, closed) => {
      port.on('message', (event) => take(event.data));
      port.on('close', closed);
      port.start();
    },
    close: () => port.close(),
  };
}
