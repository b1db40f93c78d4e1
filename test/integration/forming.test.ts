/** Real agents form a cluster: who is let in, who is not, and what an agent says when it cannot start. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { bedOfFile } from './agent-bed.ts';
import { carillon } from './command-line.ts';
import { eventually } from './eventually.ts';
import { shellTask } from './task-builder.ts';

const bed = bedOfFile();
const founder = bed.add('founder');
const second = bed.add('second');
const stranger = bed.add('stranger');

const errorOf = (stdout: string): { code: string; message: string; advice: string } =>
  (JSON.parse(stdout) as { error: { code: string; message: string; advice: string } }).error;

let shortLived: { token: string; expiresAt: string };

beforeAll(async () => {
  await Promise.all([bed.form(founder, second), stranger.start()]);
  shortLived = await founder.client.cluster.invite({ expiresMs: 10_000 });
});

describe('invitations', () => {
  it('admit a machine by the command line, and everyone sees it', async () => {
    const third = await bed.add('third').start();
    const invited = await founder.run(['invite', '--json']);
    const { token } = JSON.parse(invited.stdout) as { token: string };
    const joined = await third.run(['join', token, '--json']);
    expect(joined).toMatchObject({ exitCode: 0 });
    expect(JSON.parse(joined.stdout)).toMatchObject({ name: 'bed' });
    await bed.settled(founder, second, third);

    const removed = await founder.run(['machine', 'remove', 'third']);
    expect(removed.exitCode).toBe(0);
    await bed.settled(founder, second);
    await third.stop();
  });

  it('admit one machine only', async () => {
    const { token } = await founder.client.cluster.invite({});
    const guest = await bed.add('guest').start();
    await guest.client.cluster.join({ token });
    const refused = await stranger.run(['join', token, '--json']);
    expect(refused.exitCode).toBe(3);
    expect(errorOf(refused.stdout).code).toBe('TOKEN_USED');

    await bed.settled(founder, second, guest);
    await founder.client.machines.remove({ machine: 'guest' });
    await bed.settled(founder, second);
    await guest.stop();
  });

  it('expire', async () => {
    await eventually(() => expect(Date.now()).toBeGreaterThan(Date.parse(shortLived.expiresAt)), 15_000);
    const refused = await stranger.run(['join', shortLived.token, '--json']);
    expect(refused.exitCode).toBe(3);
    expect(errorOf(refused.stdout)).toMatchObject({ code: 'TOKEN_EXPIRED', message: expect.stringContaining('bed') });
  });

  it('are refused when they are garbage', async () => {
    const refused = await stranger.run(['join', 'carillon1AAAA', '--json']);
    expect(refused.exitCode).toBe(2);
    expect(errorOf(refused.stdout).code).toBe('TOKEN_INVALID');
    for (const token of ['nonsense', 'carillon1', shortLived.token.slice(0, -3), `carillon1${'A'.repeat(2000)}`]) {
      await expect(stranger.client.cluster.join({ token })).rejects.toMatchObject({ error: { code: 'TOKEN_INVALID' } });
    }
  });

  it('are refused by a machine that belongs to the cluster already', async () => {
    const { token } = await founder.client.cluster.invite({});
    const refused = await second.run(['join', token, '--json']);
    expect(refused.exitCode).toBe(3);
    expect(errorOf(refused.stdout).code).toBe('ALREADY_IN_CLUSTER');
  });
});

describe('a stranger', () => {
  it('has no cluster, and can do nothing in it', async () => {
    const listed = await stranger.run(['task', 'list', '--json']);
    expect(JSON.parse(listed.stdout)).toMatchObject({ tasks: [] });
    const invited = await stranger.run(['invite', '--json']);
    expect(invited.exitCode).toBe(3);
    expect(errorOf(invited.stdout).code).toBe('NO_CLUSTER');
  });

  it('gets nothing from the machines of a cluster, even when it knows their addresses', async () => {
    await founder.client.tasks.apply({ definitions: [shellTask('private', 'echo secret')] });
    const prowler = bed.add(
      'prowler',
      founder.ready.addresses.flatMap((address) => ['--peer', address]),
    );
    await prowler.start();
    await prowler.client.cluster.create({ name: 'other' });
    await prowler.client.tasks.apply({ definitions: [shellTask('intruder', 'echo intruder')] });
    await eventually(async () => {
      const { tasks } = await second.client.tasks.list({});
      expect(tasks.map((task) => task.id)).toContain('private');
    });
    const own = await prowler.client.tasks.list({});
    expect(own.tasks.map((task) => task.id)).toEqual(['intruder']);
    const members = (await prowler.status()).members.map((member) => member.name);
    expect(members).toEqual(['prowler']);
    const theirs = await founder.client.tasks.list({});
    expect(theirs.tasks.map((task) => task.id)).not.toContain('intruder');
    await prowler.stop();
  });
});

describe('an agent that cannot start', () => {
  it('says that another one uses the data folder', async () => {
    const refused = await carillon(founder.words);
    expect(refused.exitCode).toBe(3);
    const error = errorOf(refused.stdout);
    expect(error.code).toBe('AGENT_ALREADY_RUNNING');
    expect(error.message).toContain(String(founder.pid));
    expect((await founder.status()).phase).toBe('active');
  });

  it('says that the port of the mesh or of the console is in use', async () => {
    const blocker = createServer();
    await new Promise<void>((resolve) => blocker.listen(0, '127.0.0.1', resolve));
    const { port } = blocker.address() as AddressInfo;
    const data = ['start', '--data', join(bed.folder, 'blocked'), '--no-mdns', '--json'];
    const mesh = await carillon([...data, '--console', '0', '--listen', `/ip4/127.0.0.1/tcp/${port}`]);
    expect({ exitCode: mesh.exitCode, code: errorOf(mesh.stdout).code }).toEqual({ exitCode: 3, code: 'PORT_IN_USE' });
    const console = await carillon([...data, '--console', String(port), '--listen', '/ip4/127.0.0.1/tcp/0']);
    expect({ exitCode: console.exitCode, code: errorOf(console.stdout).code }).toEqual({
      exitCode: 3,
      code: 'PORT_IN_USE',
    });
    expect(errorOf(console.stdout).message).toContain(String(port));
    await new Promise((resolve) => blocker.close(resolve));
  });

  it('says that a file is in the way of its data folder', async () => {
    const inTheWay = join(bed.folder, 'file');
    writeFileSync(inTheWay, 'not a folder');
    for (const folder of [inTheWay, join(inTheWay, 'below')]) {
      const refused = await carillon(['start', '--data', folder, '--console', '0', '--no-mdns', '--json']);
      expect({ folder, exitCode: refused.exitCode }).toEqual({ folder, exitCode: 3 });
      expect(errorOf(refused.stdout).code).toBe('FOLDER_NOT_WRITABLE');
    }
  });

  it.skipIf(process.getuid?.() === 0)('says that its data folder is not writable', async () => {
    const folder = join(bed.folder, 'read-only');
    mkdirSync(folder, { mode: 0o500 });
    const refused = await carillon(['start', '--data', folder, '--console', '0', '--no-mdns', '--json']);
    expect({ exitCode: refused.exitCode, code: errorOf(refused.stdout).code }).toEqual({
      exitCode: 3,
      code: 'FOLDER_NOT_WRITABLE',
    });
  });
});
