/** The connection's needs, met by the desktop app: a port to the core in the place of a socket, and no key to be refused. */
import { PortSocket, type Wire } from '../../../core/carrier/port-socket.ts';
import { BRIDGE_NAME, PORT_MESSAGE, type ShellBridge } from '../../../core/carrier/shell-bridge.ts';
import type { ConnectionHost } from './connection.ts';

/** What the window has of the bridge: undefined in a browser. */
export function findShell(): ShellBridge | undefined {
  return (globalThis as { readonly [BRIDGE_NAME]?: ShellBridge })[BRIDGE_NAME];
}

export function shellHost(shell: ShellBridge): ConnectionHost {
  return {
    // The link and the connection use no more of a socket than this has.
    openSocket: () => new PortSocket(askedWire(shell), { serves: false }) as unknown as WebSocket,
    isRefused: () => Promise.resolve(false),
    now: () => Date.now(),
    random: () => Math.random(),
    after: (delayMs, callback) => {
      const timer = setTimeout(callback, delayMs);
      return () => clearTimeout(timer);
    },
  };
}

/** A wire over the port that the window is asked for; closed when the window says that there is no core, then or later. */
function askedWire(shell: ShellBridge): Wire {
  let port: MessagePort | undefined;
  let isClosed = false;
  return {
    post: (frame) => port?.postMessage(frame),
    listen: (take, closed) => {
      const bring = (event: MessageEvent): void => {
        if (event.source !== window || event.data !== PORT_MESSAGE) return;
        const [brought] = event.ports;
        if (brought === undefined || isClosed || port !== undefined) {
          // The core is gone, or this wire is: another one is asked for then.
          window.removeEventListener('message', bring);
          port?.close();
          return closed();
        }
        port = brought;
        port.addEventListener('message', ({ data }) => take(data));
        port.addEventListener('close', () => closed());
        port.start();
      };
      window.addEventListener('message', bring);
      shell.requestCorePort();
    },
    close: () => {
      isClosed = true;
      port?.close();
    },
  };
}
