import { once } from 'node:events';
import { mkdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/websocket';
import { describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { startConsole } from '../../agent/console/server.ts';
import { requestedPath } from '../../agent/console/static-files.ts';
import { openLocalPolicy } from '../../agent/local-policy.ts';
import type { ApiClient } from '../../core/api/contract.ts';
import { LIMITS } from '../../core/config/constants.ts';
import type { TaskId } from '../../core/domain/ids.ts';
import { aTask } from '../fakes/definitions.ts';
import { type ConsoleBed, startConsoleBed } from './console-bed.ts';

const taskId = 'job' as TaskId;

function openSocket(
  bed: ConsoleBed,
  options: { token?: string; headers?: Record<string, string>; path?: string } = {},
): WebSocket {
  const { token = bed.console.token, headers = {}, path = '/rpc' } = options;
  return new WebSocket(`ws://127.0.0.1:${bed.console.port}${path}`, ['carillon.v1', `token.${token}`], { headers });
}

async function connect(bed: ConsoleBed): Promise<{ client: ApiClient; socket: WebSocket }> {
  const socket = openSocket(bed);
  await once(socket, 'open');
  const link = new RPCLink({ websocket: socket as unknown as globalThis.WebSocket });
  return { client: createORPCClient(link), socket };
}

/** The status with which an upgrade is refused; 101 when it is not. */
async function upgradeStatus(socket: WebSocket): Promise<number> {
  const refused = once(socket, 'unexpected-response').then(
    ([, response]) => (response as { statusCode: number }).statusCode,
  );
  socket.on('error', () => undefined);
  const status = await Promise.race([refused, once(socket, 'open').then(() => 101)]);
  socket.terminate();
  return status;
}

describe('the doors', () => {
  test('the API answers nobody without the token, or with a wrong one', async () => {
    await using bed = await startConsoleBed();
    for (const path of ['/api/machines', '/rpc/machines/list', '/api/openapi.json']) {
      const nobody = await bed.ask(path, { anonymous: true });
      expect(nobody.status).toBe(401);
      expect(JSON.parse(nobody.text)).toMatchObject({ error: { code: 'UNAUTHENTICATED' } });
      const wrong = await bed.ask(path, { headers: { authorization: `Bearer ${'A'.repeat(43)}` } });
      expect(wrong.status).toBe(401);
    }
    expect((await bed.ask('/api/machines')).status).toBe(200);
  });

  test('another Host is refused, page and API alike', async () => {
    await using bed = await startConsoleBed();
    for (const host of ['evil.example', `evil.example:${bed.console.port}`, '127.0.0.1', '127.0.0.1:1']) {
      for (const path of ['/', '/api/machines']) {
        const answer = await bed.ask(path, { headers: { host } });
        expect(answer.status).toBe(403);
        expect(JSON.parse(answer.text)).toMatchObject({ error: { code: 'ORIGIN_REFUSED' } });
      }
    }
    expect((await bed.ask('/api/machines', { headers: { host: `localhost:${bed.console.port}` } })).status).toBe(200);
  });

  test('another Origin is refused even with the token, and no answer allows one', async () => {
    await using bed = await startConsoleBed();
    const own = `http://127.0.0.1:${bed.console.port}`;
    for (const origin of [
      'http://evil.example',
      'null',
      'https://127.0.0.1',
      'http://127.0.0.1:1',
      `http://localhost:${bed.console.port}`,
    ]) {
      expect((await bed.ask('/api/machines', { headers: { origin } })).status).toBe(403);
      expect(await upgradeStatus(openSocket(bed, { headers: { origin } }))).toBe(403);
    }
    const good = await bed.ask('/api/machines', { headers: { origin: own } });
    expect(good.status).toBe(200);
    expect(Object.keys(good.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
    const preflight = await bed.ask('/api/tasks', {
      method: 'OPTIONS',
      headers: { origin: 'http://evil.example' },
      anonymous: true,
    });
    expect(preflight.status).toBe(403);
  });

  test('a socket opens only with the token, and only at its place', async () => {
    await using bed = await startConsoleBed();
    expect(await upgradeStatus(openSocket(bed))).toBe(101);
    expect(await upgradeStatus(openSocket(bed, { token: 'wrong' }))).toBe(401);
    expect(await upgradeStatus(openSocket(bed, { path: '/elsewhere' }))).toBe(400);
    const bare = new WebSocket(`ws://127.0.0.1:${bed.console.port}/rpc?token=${bed.console.token}`);
    expect(await upgradeStatus(bare)).toBe(401);
  });

  test('the token is in a file of this user alone, gone after the end, and never in the log', async () => {
    const bed = await startConsoleBed();
    const path = join(bed.folder, 'console.json');
    expect(JSON.parse(await readFile(path, 'utf8'))).toEqual({
      port: bed.console.port,
      token: bed.console.token,
      pid: process.pid,
    });
    if (process.platform !== 'win32') expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(Buffer.from(bed.console.token, 'base64url')).toHaveLength(32);
    await bed.ask('/api/none');
    await bed.console.close();
    await expect(stat(path)).rejects.toThrow('ENOENT');
    expect(bed.logged.join()).not.toContain(bed.console.token);
    await bed[Symbol.asyncDispose]();
  });

  test('a port that is taken is a clear refusal', async () => {
    await using bed = await startConsoleBed();
    const { peer, folder, console } = bed;
    const second = await startConsole({
      policy: openLocalPolicy(folder),
      peer,
      port: console.port,
      dataFolder: folder,
      rendererFolder: folder,
      logger: { log: () => undefined },
    });
    expect(second).toMatchObject({ ok: false, error: { code: 'PORT_IN_USE' } });
  });
});

describe('the page', () => {
  test('is served with a strict policy, hashed files to be kept and the rest not', async () => {
    await using bed = await startConsoleBed();
    const page = await bed.ask('/', { anonymous: true });
    expect(page).toMatchObject({ status: 200, text: expect.stringContaining('<title>page') });
    expect(page.headers['content-security-policy']).toMatch(
      /default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'/,
    );
    expect(page.headers).toMatchObject({
      'cache-control': 'no-cache',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
    });
    const script = await bed.ask('/assets/app-1a2b.js', { anonymous: true });
    expect(script.headers['cache-control']).toContain('immutable');
    expect(script.headers['content-type']).toContain('text/javascript');
    const again = await bed.ask('/', { anonymous: true, headers: { 'if-none-match': page.headers.etag ?? '' } });
    expect(again).toMatchObject({ status: 304, text: '' });
    expect((await bed.ask('/', { method: 'POST', anonymous: true })).status).toBe(405);
  });

  test('nothing outside its folder can be had', async () => {
    await using bed = await startConsoleBed();
    await writeFile(join(bed.folder, 'secret.txt'), 'secret');
    await symlink(join(bed.folder, 'secret.txt'), join(bed.folder, 'renderer', 'link.txt'));
    await mkdir(join(bed.folder, 'renderer-other'));
    await writeFile(join(bed.folder, 'renderer-other', 'x.txt'), 'secret');
    const tries = [
      '/../secret.txt',
      '/..%2fsecret.txt',
      '/%2e%2e/secret.txt',
      '/assets/../../secret.txt',
      '/..\\secret.txt',
      '/link.txt',
      '/../renderer-other/x.txt',
      '//secret.txt',
      '/%00',
      '/%zz',
      '/console.json',
      '/assets',
    ];
    for (const path of tries) {
      const answer = await bed.ask(path);
      expect(answer.status, path).toBe(404);
      expect(answer.text).not.toContain('secret');
    }
  });

  test('paths are decoded once', () => {
    expect(requestedPath('/a%20b?x=..')).toBe('/a b');
    expect(requestedPath('/%252e%252e/x')).toBeUndefined();
    expect(requestedPath('/...../x')).toBeUndefined();
    expect(requestedPath('//x')).toBeUndefined();
    expect(requestedPath('/a/./b')).toBeUndefined();
  });
});

describe('REST', () => {
  test('speaks ISO instants, plain queries, and refusals with code and advice', async () => {
    await using bed = await startConsoleBed();
    for (let number = 0; number < 3; number += 1) bed.peer.addRun({ taskId });
    const page = JSON.parse((await bed.ask('/api/runs?limit=2&states=succeeded&since=2026-01-01T00:00:00Z')).text) as {
      runs: object[];
      nextCursor: string;
    };
    expect(page.runs).toHaveLength(2);
    expect(page).toMatchObject({ nextCursor: '2', runs: [{ nominalAt: '2026-01-01T00:03:00.000Z' }, {}] });
    const forecast = await bed.ask('/api/forecast?limit=5&from=2026-01-01T00:00:00Z');
    expect(JSON.parse(forecast.text)).toEqual({ occurrences: [], truncated: false, perTask: [] });
    expect((await bed.ask('/api/machines/alpha/departure')).status).toBe(200);
    const missing = await bed.ask('/api/tasks/none');
    expect(missing.status).toBe(404);
    expect(JSON.parse(missing.text)).toEqual({
      error: {
        code: 'TASK_NOT_FOUND',
        message: 'there is no task "none"',
        advice: expect.stringContaining('task list'),
      },
    });
    expect((await bed.ask('/api/nothing/here')).status).toBe(404);
  });

  test('creates, lists and deletes a task', async () => {
    await using bed = await startConsoleBed();
    const headers = { 'content-type': 'application/json' };
    const created = await bed.ask('/api/tasks', {
      method: 'POST',
      headers,
      body: JSON.stringify({ definitions: [aTask('job')] }),
    });
    expect(JSON.parse(created.text)).toEqual({ tasks: [{ id: 'job', outcome: 'created' }] });
    expect(JSON.parse((await bed.ask('/api/tasks?suspended=false')).text)).toMatchObject({ total: 1 });
    expect((await bed.ask('/api/tasks/job', { method: 'DELETE' })).status).toBe(200);
    const broken = await bed.ask('/api/tasks', { method: 'POST', headers, body: '{"definitions":' });
    expect(broken.status).toBe(400);
    expect(JSON.parse(broken.text)).toMatchObject({ error: { code: 'INVALID_INPUT' } });
  });

  test('refuses a body beyond the limit, told or not told in advance', async () => {
    await using bed = await startConsoleBed();
    const body = JSON.stringify({ definitions: ['x'.repeat(LIMITS.requestBodyBytes)] });
    for (const extra of [{ 'content-length': String(Buffer.byteLength(body)) }, { 'transfer-encoding': 'chunked' }]) {
      const headers = { 'content-type': 'application/json', ...extra } as Record<string, string>;
      const answer = await bed.ask('/api/tasks', { method: 'POST', headers, body });
      expect(answer.status).toBe(413);
      expect(JSON.parse(answer.text)).toMatchObject({ error: { code: 'LIMIT_EXCEEDED' } });
    }
    expect((await bed.ask('/api/health')).status).toBe(200);
  });

  test('gives its OpenAPI document', async () => {
    await using bed = await startConsoleBed();
    expect(JSON.parse((await bed.ask('/api/openapi.json')).text)).toMatchObject({
      openapi: expect.stringMatching(/^3\.1/),
    });
  });
});

describe('the socket', () => {
  test('carries calls, refusals and streams', async () => {
    await using bed = await startConsoleBed();
    const { client, socket } = await connect(bed);
    expect((await client.machines.list({})).machines).toHaveLength(3);
    await expect(client.tasks.get({ id: 'none' })).rejects.toMatchObject({
      code: 'NOT_FOUND',
      data: { code: 'TASK_NOT_FOUND' },
    });
    const run = bed.peer.addRun({ taskId, state: 'running' });
    bed.peer.output.set(run.id, { bytes: Buffer.from('héllo'), complete: true });
    const texts: string[] = [];
    for await (const chunk of await client.runs.follow({ run: run.id })) texts.push(chunk.data);
    expect(texts).toEqual(['héllo']);
    socket.terminate();
  });

  test('a subscription ends with its socket', async () => {
    await using bed = await startConsoleBed();
    const { client, socket } = await connect(bed);
    const signals = await client.events.watch({});
    expect((await signals.next()).value).toEqual({ kind: 'resync' });
    bed.peer.emit({ kind: 'machines' });
    expect((await signals.next()).value).toEqual({ kind: 'machines' });
    expect(bed.peer.listeners.size).toBe(1);
    socket.terminate();
    await expect.poll(() => bed.peer.listeners.size).toBe(0);
  });

  test('a reader that does not read costs little, and delays nobody else', async () => {
    await using bed = await startConsoleBed();
    const { client, socket } = await connect(bed);
    const run = bed.peer.addRun({ taskId, state: 'running' });
    const sizeBytes = 256 * 1024 * 1024;
    let served = 0;
    bed.peer.readOutput = async (_run, offset, limit) => {
      served += limit;
      return { ok: true, value: { data: Buffer.alloc(limit, 97), offset, size: sizeBytes, complete: true } };
    };
    const stream = await client.runs.follow({ run: run.id });
    await stream.next();
    socket.pause();
    let before = -1;
    await expect
      .poll(
        async () => {
          const still = served === before;
          before = served;
          expect((await bed.ask('/api/health')).status).toBe(200);
          return still;
        },
        { interval: 100, timeout: 15_000 },
      )
      .toBe(true);
    expect(served).toBeLessThan(32 * 1024 * 1024);
    socket.terminate();
  });

  test('no more than the limit are open at once', async () => {
    await using bed = await startConsoleBed();
    const sockets = Array.from({ length: LIMITS.consoleSockets }, () => openSocket(bed));
    await Promise.all(sockets.map((socket) => once(socket, 'open')));
    expect(await upgradeStatus(openSocket(bed))).toBe(503);
    sockets[0]?.close();
    await once(sockets[0] as WebSocket, 'close');
    await expect.poll(() => upgradeStatus(openSocket(bed))).toBe(101);
    for (const socket of sockets) socket.terminate();
  });

  test('a message beyond the limit ends its socket only', async () => {
    await using bed = await startConsoleBed();
    const { socket } = await connect(bed);
    socket.send('x'.repeat(LIMITS.requestBodyBytes + 1));
    const [code] = (await once(socket, 'close')) as [number];
    expect(code).toBe(1009);
    expect((await bed.ask('/api/health')).status).toBe(200);
  });

  test('garbage ends its socket, and nobody else notices', async () => {
    await using bed = await startConsoleBed();
    const { client } = await connect(bed);
    const requests = [
      '{"i":"1","p":null}',
      '{"i":"1","p":{"u":"x"}}',
      '{"i":"1","t":7}',
      '{"p":{"u":"/rpc/machines/list"}}',
    ];
    for (const garbage of ['', '{', '[]', 'null', Buffer.from([0, 1, 2, 255]), ...requests]) {
      const { socket } = await connect(bed);
      socket.send(garbage);
      const [code] = (await once(socket, 'close')) as [number];
      expect(code, String(garbage)).toBe(1003);
    }
    expect((await client.health.live({})).ok).toBe(true);
  });

  test('closing the console ends open sockets and streams at once', async () => {
    const bed = await startConsoleBed();
    const { client, socket } = await connect(bed);
    const signals = await client.events.watch({});
    await signals.next();
    const closed = once(socket, 'close');
    await bed.console.close();
    await closed;
    await expect.poll(() => bed.peer.listeners.size).toBe(0);
    await bed[Symbol.asyncDispose]();
  });
});
