/** Whether there is an agent to be a window to: one that says nothing any more must not hold up the app. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, type Server, type Socket, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { PORT_WINDOW, type Wire } from '../../core/carrier/port-socket.ts';
import { type AttachedAgent, attachToAgent } from '../../electron/core-host/attached-agent.ts';

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

const MESSAGE = 'x'.repeat(PORT_WINDOW / 4);
/** Several times what may be under way to a window. */
const MESSAGES = 32;
const ROUNDS = 200;

interface SlowWindow {
  readonly wire: Wire;
  readonly texts: string[];
  /** Hears each text; whoever takes it says so by `say`. */
  heard(text: string): void;
  say(frame: string | number): void;
}

/** A window that takes nothing of what comes until it is told to. */
function slowWindow(): SlowWindow {
  let take: (frame: unknown) => void = () => undefined;
  const window: SlowWindow = {
    texts: [],
    heard: () => undefined,
    say: (frame) => take(frame),
    wire: {
      post: (frame) => {
        if (typeof frame !== 'string') return;
        window.texts.push(frame);
        window.heard(frame);
      },
      listen: (onFrame) => (take = onFrame),
      close: () => undefined,
    },
  };
  return window;
}

/** Resolves with the next text that comes to the window, and takes it. */
async function nextText(window: SlowWindow): Promise<string> {
  const text = await new Promise<string>((resolve) => (window.heard = resolve));
  window.say(text.length);
  return text;
}

describe('a go-between', () => {
  let folder: string;
  let server: WebSocketServer;
  let agent: AttachedAgent | undefined;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'carillon-between-'));
    server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    await new Promise((resolve) => server.once('listening', resolve));
    await writeFile(join(folder, 'agent.pid'), JSON.stringify({ pid: process.ppid }));
    const { port } = server.address() as AddressInfo;
    await writeFile(join(folder, 'console.json'), JSON.stringify({ port, token: 'secret' }));
    agent = await attachToAgent(folder);
  });
  afterEach(async () => {
    for (const socket of server.clients) socket.terminate();
    await new Promise((resolve) => server.close(resolve));
    await agent?.gone;
    await rm(folder, { recursive: true });
  });

  /** A window, and the agent's end of what goes to it. */
  async function open(): Promise<{ window: SlowWindow; socket: WebSocket }> {
    const window = slowWindow();
    const connected = new Promise<WebSocket>((resolve) => server.once('connection', resolve));
    agent?.pass(window.wire);
    return { window, socket: await connected };
  }

  it('leaves with the agent what a window does not take, and passes all of it on once that does', async () => {
    const { window, socket } = await open();
    const filled = new Promise<void>((resolve) => {
      window.heard = () => {
        if (window.texts.length * MESSAGE.length >= PORT_WINDOW) resolve();
      };
    });
    for (let number = 0; number < MESSAGES; number += 1) socket.send(`${number} ${MESSAGE}`);
    await filled;
    // Another window is served meanwhile; as often as that is answered, this one could have been sent more.
    const other = await open();
    other.socket.on('message', (data: Buffer) => other.socket.send(data.toString('utf8')));
    other.socket.send('hello');
    await nextText(other.window);
    for (let round = 0; round < ROUNDS; round += 1) {
      const answer = nextText(other.window);
      other.window.say(`round ${round}`);
      expect(await answer).toBe(`round ${round}`);
    }
    expect(window.texts.length * MESSAGE.length).toBeLessThanOrEqual(PORT_WINDOW + MESSAGE.length);

    const all = new Promise<void>((resolve) => {
      window.heard = (text) => {
        window.say(text.length);
        if (window.texts.length === MESSAGES) resolve();
      };
    });
    window.say(window.texts.join('').length);
    await all;
    expect(window.texts.map((text) => text.split(' ')[0])).toEqual(Array.from({ length: MESSAGES }, (_, n) => `${n}`));
  });
});
