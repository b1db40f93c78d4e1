/**
 * Whoever opens a connection and then takes its time: at the console, at the join protocol, on a control stream. Each is let
 * go after a while, whoever keeps to the rules is served meanwhile, and it is written down.
 */
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NETWORK } from '../../core/adapters/libp2p/network-limits.ts';
import { PROTOCOLS } from '../../core/protocol/versions.ts';
import { type ConsoleBed, startConsoleBed } from '../agent/console-bed.ts';
import { eventually } from '../integration/eventually.ts';
import { sceneOfFile } from './kit/attack-scene.ts';

const PATIENCE_MS = 30_000;
const scene = sceneOfFile();
let bed: ConsoleBed;

beforeAll(async () => {
  bed = await startConsoleBed();
});
afterAll(() => bed[Symbol.asyncDispose]());

/** Says this and then nothing more; resolves with what came back when the other side has hung up. */
function halfSaid(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answered = '';
    const socket: Socket = connect(bed.console.port, '127.0.0.1', () => void socket.write(text));
    socket.setEncoding('latin1').on('data', (chunk: string) => (answered += chunk));
    socket.setTimeout(PATIENCE_MS, () => reject(new Error('the console keeps the connection')));
    socket.on('error', () => resolve(answered)).on('close', () => resolve(answered));
  });
}

describe('at the console', () => {
  it.each([
    ['half a request line', 'GET /api/ma'],
    ['headers without end', 'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: 1\r\n'],
    [
      'half the handshake of a socket',
      'GET /rpc HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n',
    ],
  ])('%s is not waited for, others are served meanwhile, and it is noted', async (_what, text) => {
    const before = bed.peer.notes.length;
    const many = Array.from({ length: 20 }, () => halfSaid(text));
    expect((await bed.ask('/api/machines')).status).toBe(200);
    for (const answered of await Promise.all(many)) expect(answered).toMatch(/^$|^HTTP\/1\.1 408 /);
    expect(JSON.stringify(bed.peer.notes.slice(before))).toContain('api-refused');
  });
});

describe('at the mesh', () => {
  it('a request to join that never comes is not waited for, and it is noted', async () => {
    const stranger = await scene.stranger();
    const connection = await stranger.connect(scene.addresses);
    const stream = await connection.newStream(PROTOCOLS.join);
    stream.send(Uint8Array.of(0x40, 1, 2, 3));
    await eventually(() => expect(stream.status).not.toBe('open'), NETWORK.joinRequestMs + 10_000);
    await scene.expectTrace({ action: 'stranger-refused', text: 'did not come in time' });
  });

  it('a control stream without a word of greeting is cut', async () => {
    const { peer } = await scene.member('viewer');
    const connection = await peer.connect(scene.addresses);
    const stream = await connection.newStream(PROTOCOLS.control);
    await eventually(() => expect(stream.status).not.toBe('open'), NETWORK.greetingMs + 10_000);
    await scene.expectTrace({ action: 'message-rejected', by: peer.id, text: 'greet' });
  });
});
