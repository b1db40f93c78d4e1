/**
 * The console's HTTP server and WebSockets, on loopback: bytes that are almost requests, requests with any method, path,
 * headers and body, frames that are almost messages, sockets closed half-way. It never answers with a fault of its own,
 * lets nobody in without the token, and serves a good client afterwards.
 */
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { type ConsoleBed, startConsoleBed } from '../../agent/console-bed.ts';
import { mutateBytes, mutateText } from '../mutation.ts';
import { storm } from '../storm.ts';

const PATHS = ['/', '/api/tasks', '/api/runs?limit=5', '/rpc/tasks/list', '/rpc/cluster/status', '/api/openapi.json'];
const ANSWER_MS = 5000;
const SLICE = 16;

let bed: ConsoleBed;

beforeAll(async () => {
  bed = await startConsoleBed();
});

afterAll(() => bed[Symbol.asyncDispose]());

function goodRequests(token: string): string[] {
  const host = `127.0.0.1:${bed.console.port}`;
  const head = (line: string, more = ''): string =>
    `${line} HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\n${more}`;
  const body = '{"json":{"limit":3,"text":"a"},"meta":[]}';
  const key = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n';
  return [
    ...PATHS.map((path) => head(`GET ${path}`, '\r\n')),
    head('POST /rpc/tasks/list', `Content-Length: ${body.length}\r\n\r\n${body}`),
    head('PUT /api/tasks', `Content-Length: 12\r\n\r\n{"tasks":[]}`),
    head(
      'POST /rpc/runs/list',
      `Transfer-Encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`,
    ),
    head('GET /rpc', `Upgrade: websocket\r\nConnection: Upgrade\r\n${key}\r\n`),
  ];
}

/** Sends bytes, ends this half, and gives back what came until the other side closed. */
async function exchange(bytes: Uint8Array): Promise<string> {
  const socket = connect(bed.console.port, '127.0.0.1');
  const chunks: Buffer[] = [];
  socket.on('error', () => undefined);
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.setTimeout(ANSWER_MS, () => socket.destroy());
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.end(bytes);
  await closed;
  return Buffer.concat(chunks).toString('latin1');
}

async function expectServing(): Promise<void> {
  const answer = await bed.ask('/rpc/cluster/status', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
  });
  expect(answer.status).toBe(200);
  const faults = bed.logged.filter((line) => line.startsWith('error'));
  expect(faults).toEqual([]);
}

test('bytes that are almost requests', async () => {
  const { token } = bed.console;
  await storm({
    door: 'console',
    title: 'requests',
    part: 0.5,
    make: (random) =>
      mutateText(random, goodRequests(token), [
        '\r\n',
        '\r\n\r\n',
        'Host: evil\r\n',
        '%',
        '//',
        '?a[]=1',
        '/..',
        'Expect: 100-continue\r\n',
      ]),
    feed: async (bytes) => {
      const answer = await exchange(bytes);
      expect(answer).not.toMatch(/^HTTP\/1\.1 5\d\d/);
      expect(answer).not.toContain('    at ');
    },
  });
  await expectServing();
});

test('without the token nothing of the API is answered', async () => {
  await storm({
    door: 'console',
    title: 'anonymous',
    part: 0.15,
    make: (random) => mutateText(random, goodRequests('x'.repeat(43)), ['Bearer ', 'token.', 'Authorization: ']),
    feed: async (bytes) => {
      const answer = await exchange(bytes);
      const [, body = ''] = answer.split('\r\n\r\n');
      if (/^HTTP\/1\.1 (200|101)/.test(answer)) expect(body === '' || body.includes('page')).toBe(true);
    },
  });
  await expectServing();
});

test('frames of a socket that are almost messages', async () => {
  const protocols = ['carillon.v1', `token.${bed.console.token}`];
  const good = [
    '{"i":"1","p":{"u":"/tasks/list","b":{"json":{"limit":3}},"m":"POST","h":{}}}',
    '{"i":2,"t":1,"p":{"u":"/cluster/status"}}',
    '{"i":"1","t":4}',
    '{"i":"1","t":3,"p":{"e":"message","d":{"json":1}}}',
  ];
  await storm({
    door: 'console',
    title: 'frames',
    part: 0.35,
    make: (random) =>
      random.below(6) === 0 ? mutateBytes(random, [Buffer.from(good[0] ?? '')]) : mutateText(random, good),
    feed: async (bytes) => {
      const socket = new WebSocket(`ws://127.0.0.1:${bed.console.port}/rpc`, protocols, {
        handshakeTimeout: ANSWER_MS,
      });
      const closed = new Promise((resolve) => socket.once('close', resolve));
      socket.on('error', () => undefined);
      await once(socket, 'open');
      const binary = bytes.length % SLICE === 0;
      socket.send(binary ? bytes : Buffer.from(bytes).toString('utf8'));
      if (bytes.length % 2 === 0) socket.close();
      else socket.terminate();
      await closed;
    },
  });
  await expectServing();
});
