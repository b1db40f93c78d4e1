/** A relay of TCP connections on loopback that can stall and break, in front of a port that is listened on. */
import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net';
import { once } from 'node:events';

export interface TcpLink {
  readonly port: number;
  stall(): void;
  resume(): void;
  /** Resets every connection at one end; the other end hears nothing any more. */
  breakAt(end: 'dialler' | 'listener'): void;
  close(): Promise<void>;
}

interface Relay {
  readonly dialler: Socket;
  readonly listener: Socket;
}

/** Relays to a port of this host. */
export async function openTcpLink(targetPort: number): Promise<TcpLink> {
  const relays = new Set<Relay>();
  let stalled = false;
  const server: Server = createServer({ pauseOnConnect: true }, (dialler) => {
    const relay = { dialler, listener: connect(targetPort, '127.0.0.1') };
    relays.add(relay);
    pass(dialler, relay.listener, () => stalled);
    pass(relay.listener, dialler, () => stalled);
    if (!stalled) dialler.resume();
    else relay.listener.pause();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const ends = (): Socket[] => [...relays].flatMap(({ dialler, listener }) => [dialler, listener]);
  return {
    port: (server.address() as AddressInfo).port,
    stall: () => {
      stalled = true;
      for (const socket of ends()) socket.pause();
    },
    resume: () => {
      stalled = false;
      for (const socket of ends()) socket.resume();
    },
    breakAt: (end) => {
      stalled = true;
      for (const relay of relays) {
        for (const socket of [relay.dialler, relay.listener]) socket.removeAllListeners('close').pause();
        relay[end].resetAndDestroy();
      }
    },
    close: async () => {
      for (const socket of ends()) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Hands on what comes, at the pace of the other end; ends together with it. */
function pass(from: Socket, to: Socket, isStalled: () => boolean): void {
  from.on('data', (bytes) => {
    if (!to.write(bytes)) from.pause();
  });
  to.on('drain', () => {
    if (!isStalled()) from.resume();
  });
  from.on('close', () => to.destroy());
  from.on('error', () => to.destroy());
}
