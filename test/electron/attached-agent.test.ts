/** Whether there is an agent to be a window to: one that says nothing any more must not hold up the app. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, type Server, type Socket, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { attachToAgent } from '../../electron/core-host/attached-agent.ts';

describe('attaching to an agent', () => {
  let folder: string;
  let server: Server;
  let sockets: Socket[];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'carillon-attached-'));
    sockets = [];
    // It takes connections, as the system does for a process that was stopped, and answers none.
    server = createServer((socket) => sockets.push(socket));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterEach(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
    await rm(folder, { recursive: true });
  });

  /** A process that lives, and is another one. */
  async function writeHolder(): Promise<void> {
    await writeFile(join(folder, 'agent.pid'), JSON.stringify({ pid: process.ppid }));
  }

  async function writeAddress(): Promise<void> {
    const { port } = server.address() as AddressInfo;
    await writeFile(join(folder, 'console.json'), JSON.stringify({ port, token: 'secret' }));
  }

  it('is given up when it does not answer', async () => {
    await writeHolder();
    await writeAddress();
    expect(await attachToAgent(folder, 50)).toBeUndefined();
  });

  it('is not tried where nobody holds the data folder, or has no console', async () => {
    await writeAddress();
    expect(await attachToAgent(folder)).toBeUndefined();
    await rm(join(folder, 'console.json'));
    await writeHolder();
    expect(await attachToAgent(folder)).toBeUndefined();
    expect(sockets).toEqual([]);
  });
});
