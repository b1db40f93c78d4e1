/**
 * Small messages that swell: changes that come to hundreds of megabytes when they are decoded, and compressed bodies at
 * the doors of the console. Nothing is inflated: the peak of the agent's memory shows it.
 */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { deflateRawSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { LIMITS } from '../../core/config/constants.ts';
import { CONSOLE_FILE_NAME, type ConsoleFile } from '../../agent/console/console-file.ts';
import { BOMBS, sealBomb } from './kit/change-bombs.ts';
import { sceneOfFile } from './kit/attack-scene.ts';

/** Less than any of the bombs comes to, and more than an agent grows by itself meanwhile. */
const MAY_GROW_MIB = 160;
const scene = sceneOfFile();

/** The most that the agent has ever held in memory, in MiB. */
function peakMib(): number {
  const status = readFileSync(`/proc/${scene.agent.pid}/status`, 'utf8');
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
}

describe('a change that swells is not decoded', () => {
  it.each(Object.entries(BOMBS))('%s', async (_what, build) => {
    const actor = randomBytes(16).toString('hex');
    // Making one takes all of this process for seconds: a member that is silent for so long would be cut off.
    const bytes = build(actor);
    const member = await scene.member('editor');
    expect(bytes.length).toBeLessThan(LIMITS.changeBytes);
    const digest = (await scene.agent.status()).document.digest;
    const before = peakMib();
    await scene.expectRejected(member, [sealBomb(member.peer.signer, actor, bytes)]);
    expect((await scene.agent.status()).document.digest).toBe(digest);
    expect(peakMib() - before).toBeLessThan(MAY_GROW_MIB);
    await member.peer.stop();
  });
});

describe('a compressed body', () => {
  const consoleOf = (): ConsoleFile =>
    JSON.parse(readFileSync(join(scene.agent.dataFolder, CONSOLE_FILE_NAME), 'utf8')) as ConsoleFile;

  it('of a request is not inflated, and not understood', async () => {
    const { port, token } = consoleOf();
    const before = peakMib();
    const body = gzipSync(new Uint8Array(300 * 1024 * 1024));
    const headers = {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'content-encoding': 'gzip',
      'content-length': body.length,
    };
    const asked = request({ host: '127.0.0.1', port, method: 'POST', path: '/api/tasks', headers });
    asked.end(body);
    const [answer] = (await once(asked, 'response')) as [IncomingMessage];
    answer.resume();
    expect(answer.statusCode).toBe(415);
    expect(peakMib() - before).toBeLessThan(MAY_GROW_MIB);
    await scene.expectTrace({ action: 'api-refused', text: 'bodies are not compressed' });
  });

  it('of a WebSocket is not agreed on', async () => {
    const { port, token } = consoleOf();
    const protocols = ['carillon.v1', `token.${token}`];
    const socket = new WebSocket(`ws://127.0.0.1:${port}/rpc`, protocols, { perMessageDeflate: true });
    await once(socket, 'open');
    expect(socket.extensions).toBe('');
    socket.terminate();
  });

  it('of a WebSocket that is sent all the same ends the socket, and is noted', async () => {
    const { port, token } = consoleOf();
    const socket = new WebSocket(`ws://127.0.0.1:${port}/rpc`, ['carillon.v1', `token.${token}`]);
    await once(socket, 'open');
    const ended = once(socket, 'close');
    const body = deflateRawSync(new Uint8Array(60_000));
    // One whole text message (0x81) of which bit 0x40 says that it is compressed; masked with zeros, as clients must.
    const head = Buffer.from([0x81 | 0x40, 0x80 | 126, body.length >> 8, body.length & 0xff, 0, 0, 0, 0]);
    // `ws` has no words for such a frame, so it goes to the connection itself.
    const { _socket: wire } = socket as unknown as { readonly _socket: Duplex };
    wire.write(Buffer.concat([head, body]));
    expect((await ended)[0]).toBe(1002);
    await scene.expectTrace({ action: 'api-refused', text: 'WS_ERR_UNEXPECTED_RSV_1' });
  });
});
