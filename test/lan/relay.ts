/**
 * A way from the test to the loopback of one machine of the LAN, where consoles listen: files are not parted by
 * namespaces, so a socket file leads there. Each door is a port of our own loopback that stands for the same port over
 * there, so that whoever reads the port from the agent's data folder gets through.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createConnection, createServer, type Server } from 'node:net';
import { fileURLToPath } from 'node:url';

const RELAY = fileURLToPath(new URL('./relay-main.ts', import.meta.url));

export class Relay {
  readonly #path: string;
  readonly #process: ChildProcess;
  readonly #doors: Server[] = [];

  private constructor(path: string, process: ChildProcess) {
    this.#path = path;
    this.#process = process;
  }

  /** @param on the words before a command that runs on that machine; @param path of the socket file. */
  static async start(on: readonly string[], path: string): Promise<Relay> {
    const [ip = '', ...words] = on;
    const child = spawn(ip, [...words, process.execPath, RELAY, path], { stdio: ['pipe', 'pipe', 'inherit'] });
    const ended = once(child, 'exit').then(() => {
      throw new Error(`the relay ${path} ended before it was ready`);
    });
    await Promise.race([once(child.stdout, 'data'), ended]);
    ended.catch(() => undefined);
    return new Relay(path, child);
  }

  /** @returns a port that is free here, and leads to the same port over there. */
  async openDoor(): Promise<number> {
    const server = createServer({ allowHalfOpen: true }, (near) => {
      const far = createConnection({ path: this.#path, allowHalfOpen: true });
      far.write(`${port}\n`);
      far.on('error', () => near.destroy()).on('close', () => near.destroy());
      near.on('error', () => far.destroy()).on('close', () => far.destroy());
      near.pipe(far).pipe(near);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    this.#doors.push(server);
    return port;
  }

  close(): void {
    for (const door of this.#doors) door.close();
    this.#process.stdin?.end();
  }
}
