/** What people mistype and what strangers send: each is told for what it is, and the agent goes on. */
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { bedOfFile } from './agent-bed.ts';
import { eventually } from './eventually.ts';

const bed = bedOfFile();
const agent = bed.add('agent');

beforeAll(async () => {
  await agent.start();
  await agent.client.cluster.create({ name: 'bed' });
}, 90_000);

interface FileError {
  readonly code: string;
  readonly line: number;
  readonly field: string;
  readonly message: string;
  readonly advice: string;
}

describe('a task file with a mistake', () => {
  it.each([
    { mistake: 'broken YAML', text: 'name: [never closed\nshell: echo', code: 'INVALID_YAML', field: '' },
    { mistake: 'an unknown field', text: 'name: a\nshel: echo\n', code: 'UNKNOWN_FIELD', field: 'shel' },
    {
      mistake: '30 February',
      text: 'name: a\nshell: echo\nschedule: "0 0 30 2 *"\n',
      code: 'IMPOSSIBLE_CRON',
      field: 'schedule',
    },
    {
      mistake: 'an unknown time zone',
      text: 'name: a\nshell: echo\nschedule: "@daily"\ntimezone: Mars/Olympus\n',
      code: 'UNKNOWN_TIME_ZONE',
      field: 'timezone',
    },
    {
      mistake: 'a cron field out of range',
      text: 'name: a\nshell: echo\nschedule: "61 * * * *"\n',
      code: 'INVALID_CRON',
      field: 'schedule',
    },
  ])('is refused with its place: $mistake', async ({ text, code, field }) => {
    const path = join(bed.folder, `${code}.yaml`);
    writeFileSync(path, text);
    const before = (await agent.client.tasks.list({})).total;
    const refused = await agent.run(['task', 'apply', path, '--json']);
    expect(refused.exitCode).toBe(2);
    const { errors } = JSON.parse(refused.stdout) as { errors: FileError[] };
    expect(errors.map((error) => error.code)).toContain(code);
    const error = errors.find((candidate) => candidate.code === code) as FileError;
    expect(error.field).toContain(field);
    expect(error.line).toBeGreaterThanOrEqual(1);
    expect(error.message).not.toBe('');
    expect(error.advice).not.toBe('');
    const told = await agent.run(['task', 'apply', '-'], { input: text });
    expect(told.exitCode).toBe(2);
    expect(told.stderr).toContain(code);
    expect((await agent.client.tasks.list({})).total).toBe(before);
  });

  it('is refused as a whole: no other task of it is stored', async () => {
    const text =
      'tasks:\n  - name: Good\n    shell: echo\n  - name: Bad\n    shell: echo\n    schedule: "0 0 31 4 *"\n';
    const refused = await agent.run(['task', 'apply', '-', '--json'], { input: text });
    expect(refused.exitCode).toBe(2);
    expect((await agent.client.tasks.list({ text: 'good' })).total).toBe(0);
  });
});

describe('bytes of a stranger on the port of the mesh', () => {
  it('do no harm: the agent stays alive, and machines can still join', async () => {
    const port = Number(/\/tcp\/(\d+)/.exec(agent.ready.addresses[0] ?? '')?.[1]);
    const sends = [
      Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'),
      Buffer.alloc(64 * 1024, 0xff),
      Buffer.from('\x13/multistream/1.0.0\n\x07/noise\n\xff\xff\xff\xff', 'latin1'),
      Buffer.from('\x13/multistream/1.0.0\n\x7f/never', 'latin1'),
      Buffer.alloc(0),
    ];
    await Promise.all(
      Array.from({ length: 20 }, (_, index) => sendAndHangUp(port, sends[index % sends.length] as Buffer)),
    );
    expect(await agent.client.health.live({})).toMatchObject({ ok: true, phase: 'active' });
    const guest = bed.add('guest');
    await guest.start();
    const { token } = await agent.client.cluster.invite({});
    await guest.client.cluster.join({ token });
    await bed.settled(agent, guest);
    expect(agent.report()).not.toContain('a fault of the agent itself');
    await guest.stop();
    await eventually(async () => expect((await agent.status()).counts.machinesAlive).toBe(1));
  });
});

describe('a stranger at the local API', () => {
  it('is refused without the token, from another page, and by another host name', async () => {
    const url = new URL(agent.ready.console ?? '');
    const code = url.hash.replace('#code=', '');
    const login = (body: object) =>
      fetch(`${url.origin}/login`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    expect((await login({ code: 'guessed' })).status).toBe(401);
    const { token } = (await (await login({ code })).json()) as { token: string };
    expect((await login({ code })).status, 'a login link works once').toBe(401);
    const ask = (headers: Record<string, string>) =>
      fetch(`${url.origin}/rpc/cluster/status`, { method: 'POST', headers });
    expect((await ask({})).status).toBeGreaterThanOrEqual(401);
    expect((await ask({ authorization: 'Bearer wrong' })).status).toBeGreaterThanOrEqual(401);
    const foreign = await ask({ authorization: `Bearer ${token}`, origin: 'http://evil.example' });
    expect(foreign.status).toBe(403);
    expect(foreign.headers.get('access-control-allow-origin')).toBeNull();
    const own = await ask({ authorization: `Bearer ${token}`, 'content-type': 'application/json' });
    expect(own.status).toBe(200);
  });
});

/** Connects, sends, and hangs up when the other side has, or after a second. */
function sendAndHangUp(port: number, bytes: Buffer): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    socket.setTimeout(1000, () => socket.destroy());
    socket.on('error', () => socket.destroy());
    socket.on('close', () => resolve());
    socket.resume();
  });
}
