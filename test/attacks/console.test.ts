/**
 * Web pages, other users and broken clients at the real console server, in front of a fake peer. What is refused is noted
 * for the audit log as `api-refused`, and no answer holds anything of the cluster.
 */
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { type ConsoleBed, startConsoleBed } from '../agent/console-bed.ts';

const LONGEST_MS = 5000;
let bed: ConsoleBed;

beforeAll(async () => {
  bed = await startConsoleBed();
});
afterAll(() => bed[Symbol.asyncDispose]());

/** Sends bytes as they are; all that came back until the other side hung up or nothing more came. */
function raw(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(bed.console.port, '127.0.0.1', () => socket.write(text));
    let answered = '';
    socket.setEncoding('latin1').on('data', (chunk: string) => (answered += chunk));
    socket.setTimeout(LONGEST_MS, () => socket.destroy());
    socket.on('error', (fault: NodeJS.ErrnoException) =>
      fault.code === 'ECONNRESET' ? resolve(answered) : reject(fault),
    );
    socket.on('close', () => resolve(answered));
  });
}

const own = (): string => `127.0.0.1:${bed.console.port}`;

/** What the audit log was told while this was done: each line with its action, subject and detail. */
async function notedBy(act: () => Promise<unknown>): Promise<string> {
  const before = bed.peer.notes.length;
  await act();
  return bed.peer.notes
    .slice(before)
    .map(({ action, subject, detail }) => `${action} | ${subject} | ${detail}`)
    .join('\n');
}

describe('a web page', () => {
  it.each(['http://evil.example', 'null', 'file://', 'http://127.0.0.1.evil.example', 'http://localhost'])(
    'of %s is refused, with a good key too',
    async (origin) => {
      const noted = await notedBy(async () => {
        const answer = await bed.ask('/api/machines', { headers: { origin } });
        expect(answer.status).toBe(403);
        expect(answer.headers['access-control-allow-origin']).toBeUndefined();
      });
      expect(noted).toMatch(/^api-refused \| GET \/api\/machines \| .*origin/i);
    },
  );

  it('that posts a form, for which browsers ask nobody, changes nothing', async () => {
    for (const type of ['application/x-www-form-urlencoded', 'text/plain', 'multipart/form-data; boundary=x']) {
      const body = '{"definitions":[{"id":"evil"}]}';
      const headers = { 'content-type': type };
      const noted = await notedBy(async () => {
        const answer = await bed.ask('/api/tasks', { method: 'POST', anonymous: true, headers, body });
        expect(answer.status).toBe(401);
      });
      expect(noted).toContain('api-refused | POST /api/tasks | UNAUTHENTICATED');
    }
    expect(bed.peer.view.tasks().map(({ id }) => id)).not.toContain('evil');
  });

  it('that rebinds its name to this machine is refused by its Host', async () => {
    for (const host of [
      'rebound.example',
      `rebound.example:${bed.console.port}`,
      `127.0.0.1.nip.io:${bed.console.port}`,
    ]) {
      const noted = await notedBy(async () => {
        expect((await bed.ask('/api/machines', { headers: { host } })).status).toBe(403);
      });
      expect(noted).toContain(host);
    }
  });

  it('that opens a socket from another origin, or with the key in the address, is refused', async () => {
    const statusOf = async (socket: WebSocket): Promise<number> => {
      socket.on('error', () => undefined);
      const [, response] = (await once(socket, 'unexpected-response')) as [unknown, { statusCode: number }];
      socket.terminate();
      return response.statusCode;
    };
    const address = `ws://${own()}/rpc`;
    const protocols = ['carillon.v1', `token.${bed.console.token}`];
    const fromElsewhere = await notedBy(async () => {
      expect(await statusOf(new WebSocket(address, protocols, { origin: 'http://evil.example' }))).toBe(403);
    });
    expect(fromElsewhere).toMatch(/^api-refused \| GET \/rpc \| .*evil\.example/);
    const inTheAddress = await notedBy(async () => {
      expect(await statusOf(new WebSocket(`${address}?token=${bed.console.token}`))).toBe(401);
      expect((await bed.ask(`/api/machines?token=${bed.console.token}`, { anonymous: true })).status).toBe(401);
    });
    expect(inTheAddress.match(/api-refused \| GET/g)).toHaveLength(2);
    expect(inTheAddress).not.toContain(bed.console.token);
  });
});

describe('a path', () => {
  it.each([
    '/../../etc/passwd',
    '/..%2f..%2fetc%2fpasswd',
    '/%2e%2e/%2e%2e/etc/passwd',
    '/%252e%252e/etc/passwd',
    '/....//....//etc/passwd',
    '/assets/..\\..\\console.json',
    '/index.html%00.png',
    '/%c0%ae%c0%ae/etc/passwd',
    '//etc/passwd',
  ])('%s leads nowhere', async (path) => {
    const noted = await notedBy(async () => {
      const answer = await raw(`GET ${path} HTTP/1.1\r\nHost: ${own()}\r\nConnection: close\r\n\r\n`);
      expect(answer).toMatch(/^HTTP\/1\.1 40[0-9]/);
      expect(answer).not.toContain('root:');
      expect(answer).not.toContain(bed.console.token);
    });
    expect(noted).toContain(`api-refused | GET ${path} |`);
  });

  it('of a file beside those of the page is not found', async () => {
    const answer = await bed.ask('/console.json', { anonymous: true });
    expect(answer.status).toBe(404);
    expect(answer.text).not.toContain(bed.console.token);
  });
});

describe('the file of a backup', () => {
  const NAME = '2026-11-23T02-00-00.000Z.carillon-backup';
  const CONTENT = 'the history of the whole cluster';

  beforeAll(async () => {
    await mkdir(join(bed.folder, 'backups'));
    await writeFile(join(bed.folder, 'backups', NAME), CONTENT);
    await writeFile(join(bed.folder, 'backups', 'notes.txt'), 'no backup');
  });

  it('is given to nobody without a key, nor to a page of another origin', async () => {
    const noted = await notedBy(async () => {
      const path = `/api/backups/${NAME}/file`;
      const answers = [
        await bed.ask(path, { anonymous: true }),
        await bed.ask(path, { headers: { origin: 'http://evil.example' } }),
        await bed.ask(path, { anonymous: true, headers: { authorization: 'Bearer guessed' } }),
      ];
      expect(answers.map(({ status }) => status)).toEqual([401, 403, 401]);
      expect(JSON.stringify(answers)).not.toContain(Buffer.from(CONTENT).toString('base64').slice(0, 16));
    });
    expect(noted.match(/^api-refused/gm)).toHaveLength(3);
    expect(noted).not.toContain('backup-downloaded');
  });

  it.each([
    '../console.token',
    '../../etc/passwd',
    'notes.txt',
    `${NAME}/../../console.token`,
    `../backups/${NAME}`,
    `${NAME}\u0000.txt`,
    'x'.repeat(5000),
  ])('leads to no other file by the name %j', async (name) => {
    const noted = await notedBy(async () => {
      const answer = await bed.ask(`/api/backups/${encodeURIComponent(name)}/file`);
      expect([400, 404]).toContain(answer.status);
      expect(answer.text).not.toContain('"data"');
      expect(answer.text).not.toContain(bed.console.token);
    });
    expect(noted).not.toContain('backup-downloaded');
  });

  it.each(['limit=262145', 'limit=0', 'limit=-1', 'offset=-1', 'offset=1e400', 'offset=0.5'])(
    'is given in bounded pieces: ?%s is refused',
    async (query) => {
      const answer = await bed.ask(`/api/backups/${NAME}/file?${query}`);
      expect(answer.status).toBe(400);
      expect(answer.text).toContain('INVALID_INPUT');
    },
  );

  it('stands in the audit log once for each time that it is taken, wherever one begins', async () => {
    const noted = await notedBy(async () => {
      for (const offset of [0, 10, 20, 30, 7, 0]) {
        const answer = await bed.ask(`/api/backups/${NAME}/file?limit=10&offset=${offset}`);
        const { data } = JSON.parse(answer.text) as { data: string };
        expect(Buffer.from(data, 'base64').toString()).toBe(CONTENT.slice(offset, offset + 10));
      }
    });
    expect(noted.match(/^backup-downloaded/gm)).toHaveLength(3);
    expect(noted).toContain(`backup-downloaded | ${NAME} | a copy of the backup was taken from byte 7 on`);
  });
});

describe('a request that is not one', () => {
  it.each([
    ['two lengths', 'POST /login HTTP/1.1\r\nHost: HOST\r\nContent-Length: 4\r\nContent-Length: 40\r\n\r\nabcd'],
    [
      'a length and chunks',
      'POST /login HTTP/1.1\r\nHost: HOST\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    ['a folded header', 'GET / HTTP/1.1\r\nHost: HOST\r\nX: a\r\n b: c\r\n\r\n'],
    ['no host', 'GET /api/machines HTTP/1.1\r\nConnection: close\r\n\r\n'],
    ['two hosts', 'GET /api/machines HTTP/1.1\r\nHost: HOST\r\nHost: evil.example\r\nConnection: close\r\n\r\n'],
    ['headers without end', `GET / HTTP/1.1\r\nHost: HOST\r\nX: ${'a'.repeat(100_000)}\r\n\r\n`],
    ['a proxy’s address', 'GET http://evil.example/api/machines HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n\r\n'],
    ['CONNECT', 'CONNECT evil.example:80 HTTP/1.1\r\nHost: HOST\r\n\r\n'],
    ['TRACE', 'TRACE / HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n\r\n'],
  ])('is refused: %s', async (_what, text) => {
    const noted = await notedBy(async () => {
      const answer = await raw(text.replaceAll('HOST', own()));
      expect(answer === '' || /^HTTP\/1\.1 (4|5)\d\d/.test(answer), answer.slice(0, 100)).toBe(true);
    });
    expect(noted).toContain('api-refused');
    expect((await bed.ask('/api/machines')).status).toBe(200);
  });

  it.each(['PUT', 'PATCH', 'DELETE', 'OPTIONS', 'GET'])(
    '%s in place of the method of a command does nothing',
    async (method) => {
      const answer = await bed.ask('/api/cluster/invitations/none/x', { method });
      expect(answer.status).toBeGreaterThanOrEqual(400);
    },
  );
});
