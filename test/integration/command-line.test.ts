/** What programs may rely on: the JSON of the commands that scripts read, and the exit codes. */
import { once } from 'node:events';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { AuditOutput } from '../../core/api/audit-schemas.ts';
import { bedOfFile } from './agent-bed.ts';
import { carillon, spawnProgram } from './command-line.ts';
import { eventually } from './eventually.ts';
import { shellTask } from './task-builder.ts';

const bed = bedOfFile();
const first = bed.add('first', ['--label', 'disk=ssd']);
const second = bed.add('second');

beforeAll(async () => {
  await bed.form(first, second);
  await first.client.tasks.apply({
    definitions: [shellTask('counted', 'echo "$CARILLON_RUN"'), shellTask('hourly', 'true', { everyMs: 3_600_000 })],
  });
  for (let index = 0; index < 7; index += 1) {
    const followed = await first.run(['task', 'run', 'counted', '--follow', '--json']);
    expect(followed.exitCode).toBe(0);
  }
}, 90_000);

const INSTANT = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string;
const ID = expect.stringMatching(/^[a-z2-7]{20}$/) as string;
const MACHINE_ID = expect.stringMatching(/^12D3Koo/) as string;

interface RunPage {
  readonly runs: Record<string, unknown>[];
  readonly nextCursor: string | null;
}

describe('the JSON of', () => {
  it('`cluster status` names the cluster, each machine and the document', async () => {
    const told = await first.run(['cluster', 'status', '--json']);
    expect(told.exitCode).toBe(0);
    const status = JSON.parse(told.stdout) as { members: { name: string }[] };
    expect(status).toMatchObject({
      self: {
        id: first.id,
        name: 'first',
        version: expect.stringMatching(/^\d+\.\d+\.\d+/),
        startedAt: INSTANT,
        addresses: first.ready.addresses,
        dataFolder: first.dataFolder,
      },
      phase: 'active',
      cluster: { id: ID, name: 'bed', root: expect.stringMatching(/^12D3KooW/), createdAt: INSTANT },
      document: { heads: expect.any(Array), digest: ID },
      counts: { machines: 2, machinesAlive: 2, tasks: 2, activeRuns: 0 },
      warnings: [],
    });
    const member = status.members.find((candidate) => candidate.name === 'first');
    expect(member).toEqual({
      id: first.id,
      name: 'first',
      self: true,
      state: 'alive',
      stateReason: expect.any(String),
      lastSeenAt: INSTANT,
      roles: ['admin', 'editor', 'executor'],
      labels: { disk: 'ssd' },
      weight: 1,
      voter: true,
      drained: false,
      addedBy: first.id,
      addedByName: 'first',
      certified: true,
      fingerprint: expect.stringMatching(/^(?:[0-9A-Z]{4}-){3}[0-9A-Z]{4}$/),
      addedAt: INSTANT,
      facts: {
        operatingSystem: process.platform,
        architecture: process.arch,
        version: expect.any(String),
        timeZoneDataVersion: expect.any(String),
        slots: expect.any(Number),
        policy: null,
      },
      load: {
        slotsUsed: 0,
        freeMemoryBytes: expect.any(Number),
        processorLoad: expect.any(Number),
        notAccepting: null,
      },
      clockSkewMs: 0,
      ownedTasks: expect.any(Number),
      runLogSequence: expect.any(Number),
      announcedLogSequence: expect.any(Number),
      addresses: first.ready.addresses,
    });
  });

  it('`runs` has every field of a run, on every machine the same', async () => {
    const pages = await eventually(async () => {
      const told = await Promise.all(
        [first, second].map((agent) => agent.run(['runs', '--task', 'counted', '--json'])),
      );
      const [mine, theirs] = told.map((result) => JSON.parse(result.stdout) as RunPage);
      expect(theirs).toEqual(mine);
      expect(mine?.runs).toHaveLength(7);
      return mine as RunPage;
    });
    expect(pages.nextCursor).toBeNull();
    for (const run of pages.runs) {
      expect(run).toEqual({
        id: ID,
        taskId: 'counted',
        occurrenceId: ID,
        attempt: 1,
        machineId: MACHINE_ID,
        machineName: expect.stringMatching(/^(first|second)$/),
        state: 'succeeded',
        cause: { kind: 'manual', triggerId: expect.any(String), by: first.id },
        nominalAt: INSTANT,
        dueAt: INSTANT,
        claimedAt: INSTANT,
        startedAt: INSTANT,
        finishedAt: INSTANT,
        recordedAt: INSTANT,
        fencingToken: expect.any(Number),
        exitCode: 0,
        signal: null,
        reason: null,
        progress: null,
        result: null,
        outputBytes: 21,
        outputDroppedBytes: 0,
        recorderId: MACHINE_ID,
        sequence: expect.any(Number),
        next: null,
        duplicate: false,
      });
    }
  });

  it('`runs` is read page by page with the cursor, without a gap and without a repetition', async () => {
    const whole = JSON.parse((await first.run(['runs', '--task', 'counted', '--json'])).stdout) as RunPage;
    const paged: unknown[] = [];
    let cursor: string | null = null;
    for (let pages = 0; pages < 5; pages += 1) {
      const words = ['runs', '--task', 'counted', '--limit', '3', '--json'];
      const told = await first.run(cursor === null ? words : [...words, '--cursor', cursor]);
      const page = JSON.parse(told.stdout) as RunPage;
      paged.push(...page.runs);
      cursor = page.nextCursor;
      if (cursor === null) break;
    }
    expect(paged).toEqual(whole.runs);
    expect(cursor).toBeNull();
  });

  it('`audit` is the same on every machine, and finds nothing missed or doubled', async () => {
    const everySecond = shellTask('audited', 'true', { everyMs: 1000 });
    await first.client.tasks.apply({ definitions: [everySecond] });
    await eventually(async () => expect((await first.runsOf('audited')).length).toBeGreaterThan(3));
    await first.client.tasks.suspend({ id: 'audited' });
    const words = ['audit', '--task', 'audited', '--since', '10m', '--json'];
    await eventually(async () => {
      const answers = await Promise.all([first, second].map((agent) => agent.run(words)));
      for (const told of answers) expect(told.exitCode).toBe(0);
      const [one, other] = answers.map((told) => JSON.parse(told.stdout) as AuditOutput);
      expect(one?.totals).toMatchObject({ missed: 0, doubled: 0, withheld: 0, pending: 0 });
      expect(one?.totals['on-time']).toBeGreaterThan(3);
      expect(other?.tasks).toEqual(one?.tasks);
      expect(other?.findings).toEqual(one?.findings);
    });
    const forPeople = await second.run(['audit', '--task', 'audited']);
    expect(forPeople.stdout).toMatch(/\d+ came due from .*: \d+ on-time/);
    const unknown = await second.run(['audit', '--task', 'nobody-knows', '--json']);
    expect(JSON.parse(unknown.stdout)).toMatchObject({ error: { code: 'TASK_NOT_FOUND' } });
    await first.client.tasks.delete({ id: 'audited' });
  });

  it('`next` lists what comes due: of all tasks, of one, of an expression', async () => {
    const ofAll = JSON.parse((await second.run(['next', '--json'])).stdout) as unknown;
    expect(ofAll).toEqual({
      occurrences: [{ taskId: 'hourly', at: INSTANT, owner: expect.stringMatching(/^(first|second)$/) }],
    });
    const ofTask = JSON.parse((await second.run(['next', '--task', 'hourly', '--count', '2', '--json'])).stdout) as {
      occurrences: string[];
    };
    expect(ofTask).toEqual({
      taskId: 'hourly',
      suspended: false,
      timeZone: 'UTC',
      occurrences: [INSTANT, INSTANT],
    });
    const [earlier = '', later = ''] = ofTask.occurrences;
    expect(Date.parse(later) - Date.parse(earlier)).toBe(3_600_000);
    const words = ['next', '--cron', '30 2 * * *', '--tz', 'Europe/Berlin', '--from', '2026-03-28T12:00:00Z'];
    const ofCron = await carillon([...words, '--count', '2', '--json']);
    const { occurrences } = JSON.parse(ofCron.stdout) as { occurrences: string[] };
    expect(occurrences).toEqual(['2026-03-29T03:00:00+02:00', '2026-03-30T02:30:00+02:00']);
  });
});

describe('the exit code', () => {
  it('is 0 when it was done, and 1 when the run that was followed failed', async () => {
    expect((await first.run(['machines'])).exitCode).toBe(0);
    await first.client.tasks.apply({ definitions: [shellTask('failing', 'exit 3')] });
    expect((await first.run(['task', 'run', 'failing', '--follow', '--json'])).exitCode).toBe(1);
    await first.client.tasks.delete({ id: 'failing' });
  });

  it.each([
    { words: ['no-such-command'] },
    { words: ['runs', '--limit', 'many'] },
    { words: ['next', '--cron', 'every day'] },
    { words: ['task', 'apply', '/no/such/file.yaml'] },
  ])('is 2 for wrong usage: $words', async ({ words }) => {
    const told = await first.run([...words, '--json']);
    expect(told.exitCode).toBe(2);
    expect(JSON.parse(told.stdout)).toMatchObject({
      error: { code: expect.any(String), message: expect.any(String), advice: expect.any(String) },
    });
  });

  it('is 3 for what is understood and refused', async () => {
    const told = await first.run(['task', 'show', 'no-such-task', '--json']);
    expect(told.exitCode).toBe(3);
    expect(JSON.parse(told.stdout)).toMatchObject({ error: { code: 'TASK_NOT_FOUND' } });
    const forPeople = await first.run(['task', 'show', 'no-such-task']);
    expect(forPeople).toMatchObject({ exitCode: 3, stdout: '', stderr: expect.stringContaining('TASK_NOT_FOUND') });
  });

  it('is 4 when no agent answers', async () => {
    const told = await carillon(['machines', '--data', join(bed.folder, 'nobody'), '--json']);
    expect(told.exitCode).toBe(4);
    expect(JSON.parse(told.stdout)).toMatchObject({ error: { code: 'AGENT_UNREACHABLE' } });
  });

  it('of an agent that is told to end is 0', async () => {
    const guest = bed.add('guest');
    await guest.start();
    expect(await guest.stop()).toBe(0);
    const told = await guest.run(['machines', '--json']);
    expect(told.exitCode).toBe(4);
  });

  it('of an agent that is told to end while it still starts is 0', async () => {
    const hasty = bed.add('hasty');
    const child = spawnProgram(hasty.words);
    child.stderr?.resume();
    // Whatever it says first, it says before it is ready.
    child.stdout?.once('data', () => child.kill('SIGTERM'));
    await once(child, 'exit');
    expect([child.exitCode, child.signalCode]).toEqual([0, null]);
  });
});
