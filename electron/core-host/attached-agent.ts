/**
 * An agent that already runs on this machine for the same data folder: `console.json` holds its port and token. Windows are
 * then served by it, through this process; the token goes no further than here.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { z } from 'zod';
import { SOCKET_PROTOCOL } from '../../agent/console/access.ts';
import { CONSOLE_FILE_NAME } from '../../agent/console/console-file.ts';
import { findHolder } from '../../core/adapters/data-folder.ts';
import { PortSocket, type Wire } from '../../core/carrier/port-socket.ts';
import { LIMITS } from '../../core/config/constants.ts';

/** A loaded agent answers later than others; one that was stopped never does. */
const ANSWER_MS = 10_000;

const consoleFileSchema = z.object({ port: z.int().min(1).max(65_535), token: z.string().min(1).max(256) });

export interface AttachedAgent {
  /** Resolves when the agent is gone. */
  readonly gone: Promise<void>;
  /** Passes on between a window and the agent until either goes. */
  pass(wire: Wire): void;
}

/** Undefined when no agent runs here, or it cannot be spoken to. @param patienceMs for its answer */
export async function attachToAgent(dataFolder: string, patienceMs = ANSWER_MS): Promise<AttachedAgent | undefined> {
  const holder = findHolder(dataFolder);
  if (holder === undefined || holder.pid === process.pid) return undefined;
  const address = await readAddress(dataFolder);
  if (address === undefined) return undefined;
  const open = (): WebSocket =>
    new WebSocket(`ws://127.0.0.1:${address.port}/rpc`, [SOCKET_PROTOCOL, `token.${address.token}`], {
      maxPayload: LIMITS.requestBodyBytes * 4,
      handshakeTimeout: patienceMs,
    });
  const watch = open();
  const gone = Promise.withResolvers<undefined>();
  const opened = await new Promise<boolean>((resolve) => {
    watch.once('open', () => resolve(true));
    watch.once('error', () => resolve(false));
    watch.once('close', () => {
      gone.resolve(undefined);
      resolve(false);
    });
  });
  if (!opened) return undefined;
  return { gone: gone.promise, pass: (wire) => joinBoth(wire, open()) };
}

async function readAddress(dataFolder: string): Promise<z.infer<typeof consoleFileSchema> | undefined> {
  try {
    return consoleFileSchema.parse(JSON.parse(await readFile(join(dataFolder, CONSOLE_FILE_NAME), 'utf8')));
  } catch {
    // No console, or half of an older one: there is nobody to attach to.
    return undefined;
  }
}

/** The hello goes to the window once the agent has answered; what the window is slow to take, the agent holds back. */
function joinBoth(wire: Wire, socket: WebSocket): void {
  socket.once('error', () => wire.close());
  socket.once('close', () => wire.close());
  socket.once('open', () => {
    const window = new PortSocket(wire, { serves: true, mostLength: LIMITS.requestBodyBytes });
    window.addEventListener('message', ({ data = '' }) => socket.send(data));
    window.addEventListener('close', () => socket.close());
    socket.on('message', (data: Buffer) => {
      if (window.readyState !== 1) return;
      socket.pause();
      void window.send(data.toString('utf8')).finally(() => socket.resume());
    });
  });
}
