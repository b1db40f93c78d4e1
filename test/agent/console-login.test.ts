/** How browsers get in: login links, sessions, and the door to the network. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { type RequestOptions, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { loadOrMakeToken } from '../../agent/console/console-file.ts';
import { startConsole } from '../../agent/console/server.ts';
import { openLocalPolicy } from '../../agent/local-policy.ts';
import { LIMITS } from '../../core/config/constants.ts';
import { quietLogger } from '../fakes/quiet-logger.ts';
import { type ConsoleBed, startConsoleBed } from './console-bed.ts';

const JSON_TYPE = { 'content-type': 'application/json' };

function codeOf(link = ''): string {
  return new URL(link).hash.replace('#code=', '');
}

function postCode(bed: ConsoleBed, code: string, headers: Record<string, string> = {}) {
  const body = JSON.stringify({ code });
  return bed.ask('/login', { method: 'POST', anonymous: true, headers: { ...JSON_TYPE, ...headers }, body });
}

async function logIn(bed: ConsoleBed): Promise<string> {
  const answer = await postCode(bed, codeOf(bed.console.loginLinks()[0]));
  return (JSON.parse(answer.text) as { token: string }).token;
}

function statusWith(bed: ConsoleBed, token: string): Promise<number> {
  const headers = { authorization: `Bearer ${token}` };
  return bed.ask('/api/machines', { anonymous: true, headers }).then(({ status }) => status);
}

describe('a login link', () => {
  test('lets one browser in, once', async () => {
    await using bed = await startConsoleBed();
    const [link = ''] = bed.console.loginLinks();
    expect(link).toMatch(new RegExp(`^http://127\\.0\\.0\\.1:${bed.console.port}/#code=[\\w-]{43}$`));
    const answer = await postCode(bed, codeOf(link));
    expect(answer).toMatchObject({ status: 200, headers: { 'cache-control': 'no-store' } });
    const { token } = JSON.parse(answer.text) as { token: string };
    expect(await statusWith(bed, token)).toBe(200);
    expect(await postCode(bed, codeOf(link))).toMatchObject({ status: 401 });
    expect(await statusWith(bed, codeOf(link)), 'the code itself opens nothing').toBe(401);
    expect(token).not.toBe(bed.console.token);
    expect(bed.logged.join()).not.toContain(token);
  });

  test('is traded by the console’s own page only', async () => {
    await using bed = await startConsoleBed();
    const code = codeOf(bed.console.loginLinks()[0]);
    expect((await postCode(bed, code, { origin: 'http://evil.example' })).status).toBe(403);
    expect((await postCode(bed, code, { host: 'evil.example' })).status).toBe(403);
    expect((await postCode(bed, code, { 'content-type': 'text/plain' })).status).toBe(415);
    expect((await bed.ask(`/login?code=${code}`, { anonymous: true })).status).toBe(405);
    expect((await postCode(bed, code)).status, 'none of these has used it up').toBe(200);
  });

  test('malformed ones are refused in words', async () => {
    await using bed = await startConsoleBed();
    for (const body of ['', '{', '[]', '{"code":1}', '{"code":"a b"}', '{"code":"a","b":1}']) {
      const answer = await bed.ask('/login', { method: 'POST', anonymous: true, headers: JSON_TYPE, body });
      expect(answer.status).toBe(400);
      expect(JSON.parse(answer.text)).toMatchObject({ error: { code: 'INVALID_INPUT' } });
    }
    const large = { method: 'POST', anonymous: true, headers: JSON_TYPE, body: 'x'.repeat(2000) } as const;
    expect((await bed.ask('/login', large)).status).toBe(413);
  });
});

describe('a session', () => {
  test('is good after a restart, and no file holds its token', async () => {
    await using bed = await startConsoleBed();
    const token = await logIn(bed);
    await bed.console.close();
    const again = await startConsole({
      policy: openLocalPolicy(bed.folder),
      peer: bed.peer,
      port: 0,
      dataFolder: bed.folder,
      rendererFolder: bed.folder,
      logger: quietLogger,
    });
    if (!again.ok) throw new Error(again.error.message);
    const { port } = again.value;
    const answer = await fetch(`http://127.0.0.1:${port}/api/machines`, {
      headers: { authorization: `Bearer ${token}` },
    });
    await again.value.close();
    expect(answer.status).toBe(200);
    const file = join(bed.folder, 'console.sessions');
    expect(await readFile(file, 'utf8')).not.toContain(token);
    if (process.platform !== 'win32') expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  test('that is ended closes its sockets, and leaves the others', async () => {
    await using bed = await startConsoleBed();
    const [mine, other] = [await logIn(bed), await logIn(bed)];
    const sockets = [mine, other].map(
      (token) => new WebSocket(`ws://127.0.0.1:${bed.console.port}/rpc`, ['carillon.v1', `token.${token}`]),
    );
    await Promise.all(sockets.map((socket) => once(socket, 'open')));
    const listed = JSON.parse((await bed.ask('/api/console/sessions')).text) as { sessions: { id: string }[] };
    const closed = once(sockets[0] as WebSocket, 'close');
    const path = `/api/console/sessions/${listed.sessions[0]?.id ?? ''}`;
    expect((await bed.ask(path, { method: 'DELETE' })).status).toBe(200);
    expect((await closed)[0]).toBe(1008);
    expect(sockets[1]?.readyState).toBe(WebSocket.OPEN);
    expect([await statusWith(bed, mine), await statusWith(bed, other)]).toEqual([401, 200]);
    expect(JSON.parse((await bed.ask(path, { method: 'DELETE' })).text)).toMatchObject({
      error: { code: 'SESSION_NOT_FOUND' },
    });
    sockets[1]?.terminate();
  });

  test('ends with the token for programs, when that is made anew', async () => {
    await using bed = await startConsoleBed();
    const [session, old] = [await logIn(bed), bed.console.token];
    expect((await bed.ask('/api/console/token', { method: 'POST' })).status).toBe(200);
    expect(bed.console.token).not.toBe(old);
    expect([await statusWith(bed, session), await statusWith(bed, old)]).toEqual([401, 401]);
    const file = JSON.parse(await readFile(join(bed.folder, 'console.json'), 'utf8')) as { token: string };
    expect(await statusWith(bed, file.token)).toBe(200);
  });
});

describe('what is refused', () => {
  test('stands in the audit log, without any key', async () => {
    await using bed = await startConsoleBed();
    await statusWith(bed, 'wrong-key');
    await bed.ask('/api/tasks?token=other-key', { headers: { host: 'evil.example' } });
    await postCode(bed, 'guessed-code');
    expect(bed.peer.notes).toMatchObject([
      { action: 'api-refused', subject: 'GET /api/machines', detail: expect.stringContaining('UNAUTHENTICATED') },
      { action: 'api-refused', subject: 'GET /api/tasks', detail: expect.stringContaining('evil.example') },
      { action: 'api-refused', subject: 'POST /login', detail: expect.stringContaining('127.0.0.1') },
    ]);
    expect(JSON.stringify(bed.peer.notes)).not.toMatch(/wrong-key|other-key|guessed-code/);
  });
});

describe('keys', () => {
  test('that are wrong too often are not looked at for a while; right ones are', async () => {
    await using bed = await startConsoleBed();
    const statuses: number[] = [];
    for (let tries = 0; tries <= LIMITS.wrongKeysPerMinute; tries += 1) statuses.push(await statusWith(bed, 'wrong'));
    expect(statuses.at(-2)).toBe(401);
    expect(statuses.at(-1)).toBe(429);
    expect((await bed.ask('/api/machines')).status).toBe(200);
    expect(bed.logged.filter((line) => line.includes('many wrong keys'))).toHaveLength(1);
  });

  test.skipIf(process.platform === 'win32')('that others could read are closed to them, and that is said', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'carillon-token-'));
    const logged: string[] = [];
    const logger = { log: (_level: string, message: string) => void logged.push(message) };
    const path = join(folder, 'console.token');
    const token = await loadOrMakeToken(folder, logger);
    await chmod(path, 0o644);
    expect(await loadOrMakeToken(folder, logger)).toBe(token);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(logged).toEqual([expect.stringContaining('could be read by other users')]);
    await rm(folder, { recursive: true });
  });
});

describe('the door to the network', () => {
  let folder = '';
  const files = () => ({ certificateFile: join(folder, 'cert.pem'), keyFile: join(folder, 'key.pem') });

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'carillon-tls-'));
    const { certificateFile, keyFile } = files();
    await promisify(execFile)('openssl', [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
      ...['-subj', '/CN=nas.lan', '-addext', 'subjectAltName=DNS:nas.lan,IP:127.0.0.1'],
      ...['-keyout', keyFile, '-out', certificateFile],
    ]);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  function askTls(port: number, path: string, headers: RequestOptions['headers'], body?: string) {
    return new Promise<{ status: number; text: string }>((resolve, reject) => {
      const method = body === undefined ? 'GET' : 'POST';
      const options = { host: '127.0.0.1', port, path, method, headers, rejectUnauthorized: false, agent: false };
      const sent = request(options, (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => (text += chunk.toString()));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
      });
      sent.on('error', reject);
      sent.end(body);
    });
  }

  test('answers by TLS, under the names of its certificate, to sessions and not to the token', async () => {
    await using bed = await startConsoleBed({ host: '127.0.0.1', port: 0, ...files() });
    const [near, far = ''] = bed.console.loginLinks();
    expect(near).toContain(`http://127.0.0.1:${bed.console.port}/`);
    const port = Number(new URL(far).port);
    expect(far).toMatch(/^https:\/\/nas\.lan:\d+\/#code=/);
    const host = `nas.lan:${port}`;
    const login = { host, ...JSON_TYPE, origin: `https://${host}` };
    const { token } = JSON.parse((await askTls(port, '/login', login, JSON.stringify({ code: codeOf(far) }))).text) as {
      token: string;
    };
    const ask = async (of: string, key: string) =>
      (await askTls(port, '/api/machines', { host: of, authorization: `Bearer ${key}` })).status;
    expect(await ask(host, token)).toBe(200);
    expect(await ask(`127.0.0.1:${port}`, token)).toBe(200);
    expect(await ask(host, bed.console.token), 'the token for programs is for this machine only').toBe(401);
    for (const other of ['evil.example', `evil.example:${port}`, 'nas.lan', `localhost:${port}`, `[::1]:${port}`]) {
      expect(await ask(other, token)).toBe(403);
    }
    expect((await askTls(port, '/login', { ...login, origin: `http://${host}` }, '{}')).status).toBe(403);
    await expect(fetch(`http://127.0.0.1:${port}/`), 'nothing is answered in clear').rejects.toThrow();
    const old = connectTls({
      host: '127.0.0.1',
      port,
      rejectUnauthorized: false,
      maxVersion: 'TLSv1.1',
      minVersion: 'TLSv1',
    });
    await expect(once(old, 'secureConnect')).rejects.toThrow();
  });

  test('is not opened without a certificate that fits its key', async () => {
    const wrong = join(folder, 'wrong.pem');
    await writeFile(wrong, 'not a certificate');
    const start = (network: { certificateFile: string; keyFile: string }) =>
      startConsoleBed({ host: '127.0.0.1', port: 0, ...network });
    await expect(start({ ...files(), certificateFile: wrong })).rejects.toThrow('no certificate with its key');
    await expect(start({ ...files(), keyFile: join(folder, 'missing.pem') })).rejects.toThrow('cannot read');
  });
});
