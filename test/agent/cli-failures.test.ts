/** What commands say when something fails: exit codes by kind, and words that a person can act on. */
import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { chunks, useCliBed } from './cli-bed.ts';

const bed = useCliBed();

test('FILE_NOT_READABLE: a task file that is not there is named, and nothing is sent', async () => {
  const missing = join(bed.scratch, 'missing.yaml');
  const { code, error } = await bed.carillon(['task', 'apply', missing]);
  expect(code).toBe(2);
  expect(error).toContain('FILE_NOT_READABLE');
  expect(error).toContain(missing);
});

test('CONSOLE_NEEDS_TLS: the console is never shown to the network in clear, nor half by TLS', async () => {
  const data = join(bed.scratch, 'never-started');
  const start = (...words: string[]) => bed.carillon(['start', '--json', ...words], { data });
  const refusals = [
    [['--console-listen', '0.0.0.0:7443'], 'CONSOLE_NEEDS_TLS'],
    [['--console-listen', '0.0.0.0:7443', '--console-cert', 'cert.pem'], 'CONSOLE_NEEDS_TLS'],
    [['--console-listen', 'nas:7443', '--console-cert', 'a', '--console-key', 'b'], 'INVALID_INPUT'],
    [['--console-cert', 'cert.pem', '--console-key', 'key.pem'], 'INVALID_INPUT'],
    [['--console', 'off', '--console-listen', '127.0.0.1:7443'], 'INVALID_INPUT'],
  ] as const;
  for (const [words, code] of refusals) {
    const ended = await start(...words);
    expect(ended).toMatchObject({ code: 2, error: '' });
    expect(JSON.parse(ended.out)).toMatchObject({ error: { code, field: 'consoleListen' } });
  }
});

describe('failures', () => {
  test('exit codes tell their kind, and people are told what to do', async () => {
    const missing = await bed.carillon(['task', 'show', 'none']);
    expect(missing).toMatchObject({ code: 3, out: '' });
    expect(missing.error).toBe(
      'error TASK_NOT_FOUND: there is no task "none"\n`carillon task list` shows the tasks that exist.\n',
    );
    const asJson = await bed.carillon(['task', 'show', 'none', '--json']);
    expect(asJson).toMatchObject({ code: 3, error: '' });
    expect(JSON.parse(asJson.out)).toMatchObject({ error: { code: 'TASK_NOT_FOUND', advice: expect.any(String) } });
  });

  test('every command without its agent says so with exit 4', async () => {
    const run = 'a'.repeat(20);
    const lines = [
      'cluster status',
      'cluster create x',
      'invite',
      'join carillon1x',
      'machines',
      'machine rename a b',
      'machine label a x=y',
      'machine show a',
      'machine departure a',
      'machine roles a viewer',
      'machine drain a',
      'machine resume a',
      'machine remove a',
      'task list',
      'task show a',
      'task delete a',
      'task restore a',
      'task suspend a',
      'task resume a',
      'task run a',
      'task owner a',
      'task history a',
      'task revert a 0123abcd',
      'forecast',
      'next',
      'next --task a',
      'runs',
      `run show ${run}`,
      `logs ${run}`,
      `cancel ${run}`,
      'policy show',
      'policy pause',
      'console link',
      'console sessions',
      'console end --all',
      'console renew-token',
      'doctor',
    ];
    for (const group of chunks(lines, 4)) {
      const ended = await Promise.all(
        group.map((line) => bed.carillon([...line.split(' '), '--json'], { data: bed.scratch })),
      );
      for (const [index, { code, out }] of ended.entries()) {
        expect(code, group[index]).toBe(4);
        expect(JSON.parse(out)).toMatchObject({ error: { code: 'AGENT_UNREACHABLE' } });
      }
    }
  }, 60_000);

  test('an agent that is gone, and one that is another, are not reachable', async () => {
    const folder = await mkdtemp(join(bed.scratch, 'gone-'));
    await writeFile(join(folder, 'console.json'), JSON.stringify({ port: 1, token: 'x', pid: 1 }));
    expect(await bed.carillon(['runs'], { data: folder })).toMatchObject({
      code: 4,
      error: expect.stringContaining('AGENT_UNREACHABLE'),
    });
    await writeFile(
      join(folder, 'console.json'),
      JSON.stringify({ port: bed.console.console.port, token: 'wrong', pid: 1 }),
    );
    expect((await bed.carillon(['runs'], { data: folder })).code).toBe(4);
    await writeFile(join(folder, 'console.json'), '{"port":');
    expect((await bed.carillon(['runs'], { data: folder })).code).toBe(4);
  });

  test('wrong usage is exit 2, whoever finds it', async () => {
    const file = join(bed.scratch, 'wrong.yaml');
    await writeFile(file, 'name: X\ncomand: [true]\n');
    const { id } = bed.newTask();
    const lines = [
      ['bogus'],
      ['task'],
      ['runs', '--bogus'],
      ['runs', '--state', 'nope'],
      ['runs', '--limit', '0'],
      ['runs', '--limit', 'many'],
      ['runs', '--since', 'yesterday'],
      ['runs', '--cursor', 'nonsense'],
      ['runs', '--task', 'No Slug'],
      ['run', 'show', '!'],
      ['logs'],
      ['logs', 'x', 'y'],
      ['invite', '--role', 'king'],
      ['invite', '--expires', '10'],
      ['machine', 'label', 'alpha', 'what'],
      ['machine', 'rename', 'alpha'],
      ['machine', 'roles', 'alpha', 'admin,king'],
      ['cluster', 'create', ' '],
      ['next', '--cron', '61 * * * *'],
      ['next', '--cron', '@daily', '--tz', 'Mars/Base'],
      ['next', '--cron', '@daily', '--task', id],
      ['next', '--task', id, '--count', '0'],
      ['task', 'apply', join(bed.scratch, 'none.yaml')],
      ['task', 'apply', bed.scratch],
      ['task', 'apply', file],
      ['task', 'validate', file],
      ['import', 'crontab', join(bed.scratch, 'none')],
      ['start', '--console', '70000'],
      ['start', '--label', 'what'],
    ];
    for (const group of chunks(lines, 4)) {
      const ended = await Promise.all(group.map((line) => bed.carillon(line)));
      for (const [index, { code, error }] of ended.entries()) {
        expect(code, group[index]?.join(' ')).toBe(2);
        expect(error).not.toBe('');
        expect(error).not.toContain('    at ');
      }
    }
    const asJson = await bed.carillon(['task', 'validate', file, '--json']);
    expect(JSON.parse(asJson.out)).toMatchObject({ error: { code: 'UNKNOWN_FIELD', line: 2, field: 'comand' } });
    expect(JSON.parse((await bed.carillon(['runs', '--bogus', '--json'])).out)).toMatchObject({
      error: { code: 'INVALID_INPUT' },
    });
  }, 60_000);
});
