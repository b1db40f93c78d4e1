/** What commands answer when all is well: JSON for programs, output byte for byte. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { MachineId } from '../../core/domain/ids.ts';
import { aTask } from '../fakes/definitions.ts';
import { MACHINES } from '../fakes/peer-handle.ts';
import { auditRecord } from '../fakes/run-records.ts';
import { useCliBed } from './cli-bed.ts';

const bed = useCliBed();

describe('answers for programs', () => {
  test('cluster status', async () => {
    const status = (await bed.json('cluster', 'status')) as { members: object[]; document: { heads: string[] } };
    expect(status.members[0]).toMatchObject({ id: MACHINES.alpha, state: 'alive', runLogSequence: 7 });
    expect(status.document.heads).toHaveLength(1);
  });

  test('machines, and changes of one', async () => {
    expect(await bed.json('machines')).toMatchObject({
      machines: expect.arrayContaining([expect.objectContaining({ id: MACHINES.beta })]),
    });
    expect(await bed.json('machine', 'label', 'gamma', 'disk=ssd', 'room=attic')).toMatchObject({
      labels: { disk: 'ssd', room: 'attic' },
    });
    expect(await bed.json('machine', 'drain', 'Gggg')).toEqual({ id: MACHINES.gamma });
    expect(await bed.json('machine', 'resume', MACHINES.gamma)).toEqual({ id: MACHINES.gamma });
  });

  test('the audit log, newest first, and what is asked of it in words', async () => {
    bed.console.peer.audits.push(
      auditRecord({ action: 'message-rejected', recorderId: MACHINES.alpha, by: MACHINES.beta, suppressed: 12 }),
    );
    expect(await bed.json('audit-log', '--action', 'message-rejected')).toMatchObject({
      records: [{ recorderName: 'alpha', byName: 'beta', suppressed: 12 }],
      nextCursor: null,
    });
    const shown = (await bed.carillon(['audit-log', '--since', '9000d'])).out;
    expect(shown).toMatch(/message-rejected +beta +backup +created \(and 12 more before\) +alpha/);
    const stranger = `12D3KooW${'Zz'.repeat(22)}` as MachineId;
    bed.console.peer.audits.push(auditRecord({ recorderId: MACHINES.alpha, by: stranger, subject: stranger }));
    const known = (await bed.carillon(['audit-log', '--machine', stranger])).out;
    expect(known).toMatch(/ ZzZzZzZz +ZzZzZzZz +created +alpha\n$/);
    expect((await bed.carillon(['audit-log', '--text', 'nothing like it'])).out).toContain('Nothing is recorded.');
    const wrong = await bed.carillon(['audit-log', '--action', 'everything']);
    expect([wrong.code, wrong.error]).toEqual([2, expect.stringContaining('task-changed, ')]);
  });

  test('runs, with every key present', async () => {
    const { id, runs } = bed.newTask();
    const listed = (await bed.json('runs', '--task', id)) as { runs: Record<string, unknown>[]; nextCursor: unknown };
    expect(listed.nextCursor).toBeNull();
    expect(listed.runs.map((run) => run['id'])).toEqual(runs.toReversed());
    expect(Object.keys(listed.runs[0] ?? {})).toEqual(
      expect.arrayContaining([
        'taskId',
        'occurrenceId',
        'attempt',
        'machineId',
        'state',
        'nominalAt',
        'claimedAt',
        'startedAt',
        'finishedAt',
        'exitCode',
        'reason',
      ]),
    );
    expect(listed.runs[0]?.['nominalAt']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(await bed.json('runs', '--task', id, '--state', 'running', '--since', '2026-01-01T00:00:00Z')).toMatchObject(
      {
        runs: [{ id: runs[0] }],
      },
    );
    expect(await bed.json('run', 'show', runs[1].slice(0, 12))).toMatchObject({
      run: { id: runs[1] },
      attempts: [{}],
    });
  });

  test('who a machine is and what it may do, who signed a task', async () => {
    const roles = ['editor', 'viewer'];
    expect(await bed.json('machine', 'roles', 'gamma', 'viewer,editor')).toEqual({ id: MACHINES.gamma, roles });
    expect(await bed.json('machine', 'show', 'gamma')).toMatchObject({ name: 'gamma', roles, addedByName: 'alpha' });
    const shown = (await bed.carillon(['machine', 'show', 'gamma'])).out;
    expect(shown).toMatch(/^fingerprint +7Q2M-K0RD-3XVA-9FTC$/m);
    expect(shown).toMatch(/^admitted .*, by alpha$/m);
    expect(shown).toMatch(/^takes tasks +no, it is no executor$/m);
    const { id } = bed.newTask();
    expect((await bed.carillon(['task', 'show', id])).out).toMatch(/^signed +all parts by alpha, verified$/m);
    await bed.json('machine', 'roles', 'gamma', 'editor,executor');
  });

  test('tasks: apply, list, show, owner, run, suspend, delete, restore, history', async () => {
    const file = join(bed.scratch, 'tasks.yaml');
    await writeFile(file, 'name: Night Watch\ncommand: [echo, "hi"]\nschedule: 0 3 * * *\n');
    const applied = await bed.carillon(['task', 'apply', file, '--json']);
    expect(JSON.parse(applied.out)).toEqual({ tasks: [{ id: 'night-watch', outcome: 'created' }] });
    expect(await bed.json('task', 'list', '--text', 'watch')).toMatchObject({
      tasks: [{ id: 'night-watch' }],
      total: 1,
      nextOffset: null,
    });
    expect(await bed.json('task', 'show', 'night-watch')).toMatchObject({ definition: { id: 'night-watch' } });
    expect(await bed.json('task', 'owner', 'night-watch')).toMatchObject({
      taskId: 'night-watch',
      owner: { name: 'alpha' },
    });
    expect(await bed.json('task', 'run', 'night-watch')).toMatchObject({ occurrenceIds: [expect.any(String)] });
    expect(await bed.json('next', '--task', 'night-watch', '--count', '2')).toMatchObject({
      occurrences: [expect.any(String), expect.any(String)],
    });
    for (const act of ['suspend', 'resume', 'delete', 'restore'])
      expect(await bed.json('task', act, 'night-watch')).toMatchObject({ id: 'night-watch' });
    expect(await bed.json('task', 'history', 'night-watch')).toEqual({ revisions: [] });
  });

  test('a task that is suspended or deleted names those that followed it', async () => {
    const { peer } = bed.console;
    for (const number of Array.from({ length: 12 }, (_, index) => 10 + index)) {
      peer.addTask(aTask(`follower-${number}`, { schedule: { triggers: [{ kind: 'after', task: 'followed' }] } }));
    }
    peer.addTask(aTask('followed'));
    const suspended = await bed.carillon(['task', 'suspend', 'followed']);
    expect(suspended.code).toBe(0);
    expect(suspended.out).toMatch(
      /is suspended\.\nwarning: it is no longer followed by follower-10, .*-19 and 2 more\.$/m,
    );
    expect((await bed.carillon(['task', 'delete', 'follower-10'])).out).toBe('follower-10 was deleted.\n');
    await bed.carillon(['task', 'delete', 'followed']);
  });

  test('invite, doctor, validate, import', async () => {
    expect(await bed.json('invite', '--role', 'executor', '--expires', '5m')).toMatchObject({
      token: expect.stringMatching(/^carillon1/),
    });
    expect(await bed.json('doctor')).toMatchObject({ ok: true, checks: expect.any(Array) });
    const crontab = join(bed.scratch, 'crontab');
    await writeFile(crontab, '*/5 * * * * /usr/bin/backup-things\n@reboot /usr/bin/once\n');
    expect(await bed.json('import', 'crontab', crontab, '--dry-run')).toMatchObject({
      imported: false,
      jobs: [{ line: 1 }, { line: 2, definition: { schedule: { triggers: [{ kind: 'machine-start' }] } } }],
    });
    expect([...bed.console.peer.tasksById.keys()].some((id) => id.includes('backup-things'))).toBe(false);
    expect(await bed.json('import', 'crontab', crontab)).toMatchObject({ imported: true });
    expect([...bed.console.peer.tasksById.keys()].some((id) => id.includes('backup'))).toBe(true);
  });

  test('next of an expression needs no agent, nor does a batch', async () => {
    const words = [
      'next',
      '--cron',
      '30 2 * * *',
      '--tz',
      'Europe/Berlin',
      '--from',
      '2026-03-28T12:00:00Z',
      '--count',
      '1',
      '--json',
    ];
    const once = await bed.carillon(words, { data: bed.scratch });
    expect(JSON.parse(once.out)).toEqual({ occurrences: ['2026-03-29T03:00:00+02:00'] });
    const input = '{"cron":"@daily","from":"2026-01-01T00:00:00Z","count":1}\nnonsense\n';
    const batch = await bed.carillon(['next', '--batch'], { data: bed.scratch, input });
    const lines = batch.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    expect(lines).toMatchObject([{ occurrences: ['2026-01-02T00:00:00+00:00'] }, { error: { code: 'INVALID_INPUT' } }]);
  });
});

describe('output of runs', () => {
  test('is printed byte for byte', async () => {
    const { runs } = bed.newTask();
    const run = runs[1];
    const text = 'ünï '.repeat(40_000);
    bed.console.peer.output.set(run, { bytes: Buffer.from(text), complete: true });
    expect((await bed.carillon(['logs', run])).out).toBe(text);
    expect((await bed.carillon(['run', 'logs', run, '--follow'])).out).toBe(text);
    expect(await bed.json('logs', run)).toMatchObject({ runId: run, output: text, complete: true });
  });

  test('is printed of one stream alone, where that is asked for', async () => {
    const { runs } = bed.newTask();
    const run = runs[1];
    bed.console.peer.output.set(run, { bytes: Buffer.from('out\nbad\nmore\n'), complete: true, errors: [[4, 8]] });
    expect((await bed.carillon(['logs', run, '--stdout'])).out).toBe('out\nmore\n');
    expect((await bed.carillon(['logs', run, '--stderr', '--follow'])).out).toBe('bad\n');
    expect(await bed.json('logs', run, '--stderr')).toMatchObject({ output: 'bad\n', sizeBytes: 13 });
    expect(await bed.carillon(['logs', run, '--stderr', '--stdout'])).toMatchObject({ code: 2 });
  });

  test('is followed until the run ends, whose state decides the exit code', async () => {
    const { id } = bed.newTask();
    expect(await bed.carillon(['task', 'run', id, '--follow'])).toMatchObject({ code: 0, out: 'done by hand\n' });
  });

  test('a run is cancelled once', async () => {
    const { runs } = bed.newTask();
    expect(await bed.json('cancel', runs[0])).toEqual({ id: runs[0] });
    expect(await bed.carillon(['run', 'cancel', runs[1]])).toMatchObject({
      code: 3,
      error: expect.stringContaining('RUN_NOT_ACTIVE'),
    });
  });
});
