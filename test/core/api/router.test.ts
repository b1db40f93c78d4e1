import { createRouterClient } from '@orpc/server';
import { describe, expect, test } from 'vitest';
import { StreamGate } from '../../../core/api/stream-gate.ts';
import type { ApiClient } from '../../../core/api/contract.ts';
import { createRouter } from '../../../core/api/router.ts';
import type { TaskId } from '../../../core/domain/ids.ts';
import { createFakeApiHost } from '../../fakes/api-host.ts';
import { aTask } from '../../fakes/definitions.ts';
import { auditRecord } from '../../fakes/run-records.ts';
import { MACHINES, createFakePeer } from '../../fakes/peer-handle.ts';

function setUp() {
  const peer = createFakePeer(['beta', 'gamma']);
  const host = createFakeApiHost();
  const client: ApiClient = createRouterClient(createRouter(peer, host), { context: {} });
  return { peer, host, client };
}

/** What a refused call carries. */
async function refusal(call: Promise<unknown>): Promise<{ status: number; error: unknown }> {
  const fault = (await call.then(
    () => undefined,
    (reason: unknown) => reason,
  )) as { status: number; data: unknown; defined: boolean } | undefined;
  expect(fault?.defined).toBe(true);
  return { status: fault?.status ?? 0, error: fault?.data };
}

describe('the audit log', () => {
  test('is listed with names, filtered by the machine that is named, and read on by its cursor', async () => {
    const { client, peer } = setUp();
    peer.audits.push(
      auditRecord({ recorderId: MACHINES.alpha, sequence: 2, by: MACHINES.beta, action: 'run-by-hand', suppressed: 3 }),
      auditRecord({ recorderId: MACHINES.alpha }),
    );
    const first = await client.audit.list({ machine: 'alpha', limit: 1, from: 0, to: '2027-01-01T00:00:00Z' });
    expect(first.records).toMatchObject([
      { recorderName: 'alpha', byId: MACHINES.beta, byName: 'beta', action: 'run-by-hand', suppressed: 3 },
    ]);
    const second = await client.audit.list({ limit: 1, cursor: first.nextCursor ?? '' });
    expect(second).toMatchObject({ records: [{ byId: null, byName: null, suppressed: 0 }], nextCursor: null });
    expect(Object.keys(second.records[0] ?? {})).not.toContain('signature');
  });

  test('is asked for what is in it alone', async () => {
    const { client } = setUp();
    expect(await refusal(client.audit.list({ machine: 'nobody' }))).toMatchObject({ status: 404 });
    const action = 'everything' as 'recovered';
    await expect(client.audit.list({ action })).rejects.toThrow();
    expect(await client.audit.list({ machine: MACHINES.gamma, text: '' })).toMatchObject({ records: [] });
  });
});

describe('cluster', () => {
  test('status tells members and the heads of the document', async () => {
    const { client } = setUp();
    const status = await client.cluster.status({});
    expect(status.members[0]).toMatchObject({ id: MACHINES.alpha, name: 'alpha', state: 'alive', runLogSequence: 7 });
    expect(status.document.heads).toEqual(['a'.repeat(64)]);
    expect(status.cluster).toMatchObject({ name: 'home', createdAt: '2026-01-01T00:00:00.000Z' });
  });

  test('status before there is a cluster', async () => {
    const { client, peer } = setUp();
    peer.cluster = undefined;
    peer.phase = 'no-cluster';
    expect(await client.cluster.status({})).toMatchObject({ cluster: null, phase: 'no-cluster' });
    expect(await refusal(client.cluster.invite({}))).toMatchObject({ status: 409, error: { code: 'NO_CLUSTER' } });
    expect(await client.cluster.create({ name: ' attic ', machineName: ' nas ' })).toMatchObject({ name: 'attic' });
    expect((await client.cluster.status({})).self.name).toBe('nas');
  });
});

describe('machines', () => {
  test('are named by name, id, or the beginning of an id', async () => {
    const { client, peer } = setUp();
    await client.machines.drain({ machine: 'BETA' });
    await client.machines.resume({ machine: MACHINES.beta });
    await client.machines.rename({ machine: 'Bbbb', name: 'nas' });
    expect(peer.commands.map((command) => 'id' in command && command.id)).toEqual(Array(3).fill(MACHINES.beta));
    expect(await refusal(client.machines.get({ machine: 'zeta' }))).toMatchObject({
      status: 404,
      error: { code: 'MACHINE_NOT_FOUND' },
    });
  });

  test('an ambiguous name is refused, and tells whom it fits', async () => {
    const { client, peer } = setUp();
    await peer.execute({ kind: 'rename-machine', id: MACHINES.gamma, name: 'beta' });
    const { error } = await refusal(client.machines.drain({ machine: 'beta' }));
    expect(error).toMatchObject({
      code: 'INVALID_INPUT',
      field: 'machine',
      message: expect.stringContaining(MACHINES.gamma),
    });
  });

  test('labels are set, changed and taken away', async () => {
    const { client } = setUp();
    await client.machines.label({ machine: 'beta', set: { disk: 'ssd', room: 'attic' } });
    const changed = await client.machines.label({ machine: 'beta', set: { disk: 'hdd' }, remove: ['room'] });
    expect(changed.labels).toEqual({ disk: 'hdd' });
    const replaced = await client.machines.label({ machine: 'beta', set: { gpu: 'yes' }, replace: true });
    expect(replaced.labels).toEqual({ gpu: 'yes' });
  });

  test('roles are replaced, and a machine shows its key, its roles and who admitted it', async () => {
    const { client } = setUp();
    expect(await client.machines.roles({ machine: 'beta', roles: ['viewer'] })).toEqual({
      id: MACHINES.beta,
      roles: ['viewer'],
    });
    expect(await client.machines.get({ machine: 'beta' })).toMatchObject({
      roles: ['viewer'],
      certified: false,
      addedBy: MACHINES.alpha,
      addedByName: 'alpha',
      fingerprint: expect.stringMatching(/^(\w{4}-){3}\w{4}$/),
    });
  });

  test('the ring is shown with names, and what would be if a machine went', async () => {
    const { client, peer } = setUp();
    peer.addTask(aTask('job'));
    expect(await client.machines.ring({})).toEqual({
      machines: [
        { id: MACHINES.alpha, name: 'alpha', weight: 1, tasks: 1, bound: 1 },
        { id: MACHINES.beta, name: 'beta', weight: 1, tasks: 0, bound: 1 },
        { id: MACHINES.gamma, name: 'gamma', weight: 1, tasks: 0, bound: 1 },
      ],
      owners: [{ taskId: 'job', taskName: 'Task job', machineId: MACHINES.alpha }],
    });
    const gone = await client.machines.departure({ machine: 'alpha' });
    expect(gone.moves).toMatchObject([{ taskId: 'job', fromName: 'alpha', toId: MACHINES.beta, toName: 'beta' }]);
    expect(gone.stranded).toEqual([]);
    expect(gone.sharesBefore[0]).toEqual({ machineId: MACHINES.alpha, name: 'alpha', tasks: 1 });
    expect(gone.sharesAfter.map(({ name, tasks }) => [name, tasks])).toEqual([
      ['beta', 1],
      ['gamma', 0],
    ]);
    await client.machines.drain({ machine: 'beta' });
    await client.machines.drain({ machine: 'gamma' });
    const alone = await client.machines.departure({ machine: 'alpha' });
    expect(alone).toMatchObject({ moves: [], stranded: [{ taskId: 'job', taskName: 'Task job', reason: 'alone' }] });
  });

  test('a removed machine is not shown any more', async () => {
    const { client } = setUp();
    await client.machines.remove({ machine: 'gamma' });
    expect((await client.machines.list({})).machines.map((machine) => machine.name)).toEqual(['alpha', 'beta']);
  });
});

describe('tasks', () => {
  test('what is shown can be applied again, instants included', async () => {
    const { client, peer } = setUp();
    const schedule = {
      triggers: [
        { kind: 'once', at: Date.UTC(2027, 0, 1) },
        { kind: 'interval', everyMs: 5000, anchorAt: 1000 },
      ],
      startAt: Date.UTC(2026, 5, 1),
    };
    const before = peer.addTask(aTask('job', { schedule }));
    const shown = await client.tasks.get({ id: 'job' });
    expect(shown.definition.schedule.triggers[0]).toEqual({ kind: 'once', at: '2027-01-01T00:00:00.000Z' });
    await client.tasks.apply({ definitions: [shown.definition] });
    expect(peer.tasksById.get('job' as TaskId)?.schedule).toEqual(before.schedule);
  });

  test('show who signed each part, and what is wrong with a signature', async () => {
    const { client, peer } = setUp();
    peer.addTask(aTask('job'));
    const problem = {
      facet: 'action',
      author: MACHINES.alpha,
      code: 'FACET_FORGED',
      text: 'not signed by alpha',
    } as const;
    peer.problems.set('action', { problem });
    const { signatures } = await client.tasks.get({ id: 'job' });
    expect(signatures).toHaveLength(5);
    for (const { facet, verified, authorName, problem: found } of signatures) {
      expect(authorName).toBe('alpha');
      expect(verified).toBe(facet !== 'action');
      expect(found).toEqual(verified ? null : { code: 'FACET_FORGED', text: 'not signed by alpha' });
    }
  });

  test('show owner, followers, and who may not and why', async () => {
    const { client, peer } = setUp();
    peer.addTask(aTask('job'));
    await client.machines.drain({ machine: 'alpha' });
    const { placement, upcoming, nextDueAt } = await client.tasks.get({ id: 'job' });
    expect(placement.owner).toEqual({ id: MACHINES.beta, name: 'beta' });
    expect(placement.preference.map((machine) => machine.name)).toEqual(['beta', 'gamma']);
    expect(placement.ineligible).toEqual([{ id: MACHINES.alpha, name: 'alpha', reason: 'is drained' }]);
    expect(upcoming[0]).toBe('2026-01-01T01:30:00.000Z');
    expect(nextDueAt).toMatch(/^2026-01-02T00:00:00\.000Z$/);
  });

  test('lists are filtered, sorted, and paged without gaps', async () => {
    const { client, peer } = setUp();
    for (let number = 0; number < 25; number += 1) {
      peer.addTask(
        aTask(`job-${String(number).padStart(2, '0')}`, {
          about: { name: `Name ${99 - number}`, tags: number < 5 ? ['few'] : [] },
        }),
      );
    }
    const ids: string[] = [];
    let offset: number | null = 0;
    while (offset !== null) {
      const page = await client.tasks.list({ limit: 10, offset });
      ids.push(...page.tasks.map((task) => task.id));
      expect(page.total).toBe(25);
      offset = page.nextOffset;
    }
    expect(ids).toEqual(Array.from({ length: 25 }, (_, number) => `job-${String(number).padStart(2, '0')}`));
    expect((await client.tasks.list({ tag: 'few' })).total).toBe(5);
    expect((await client.tasks.list({ text: 'NAME 99' })).tasks.map((task) => task.id)).toEqual(['job-00']);
    expect((await client.tasks.list({ sort: 'name', limit: 1 })).tasks[0]?.id).toBe('job-24');
    expect((await client.tasks.list({ owner: 'beta' })).total).toBe(0);
  });

  test('a wrong schedule is refused with the path of its field', async () => {
    const { client, peer } = setUp();
    const bad = aTask('bad', { schedule: { triggers: [{ kind: 'cron', expression: '61 * * * *' }] } });
    const { status, error } = await refusal(client.tasks.apply({ definitions: [aTask('good'), bad] }));
    expect(status).toBe(400);
    expect(error).toMatchObject({
      code: 'INVALID_CRON',
      field: 'definitions.1.schedule.triggers.0.expression',
    });
    expect(peer.tasksById.size).toBe(0);
  });

  test('malformed and unknown fields are named', async () => {
    const { client } = setUp();
    const apply = (definition: object) => refusal(client.tasks.apply({ definitions: [definition as never] }));
    const good = { id: 'a', about: { name: 'A' }, action: { type: 'command', argv: ['true'] } };
    expect((await apply({ ...good, colour: 'red' })).error).toMatchObject({
      code: 'UNKNOWN_FIELD',
      field: 'definitions.0.colour',
    });
    expect((await apply({ ...good, id: 'No Slug' })).error).toMatchObject({
      code: 'INVALID_INPUT',
      field: 'definitions.0.id',
    });
  });

  test('validation tells everything that is wrong, and stores nothing', async () => {
    const { client, peer } = setUp();
    const wrong = await client.tasks.validate({ definitions: [aTask('fine'), { id: '!' }, 7] });
    expect(wrong.valid).toBe(false);
    expect(new Set(wrong.errors.map((error) => error.index))).toEqual(new Set([1, 2]));
    expect(await client.tasks.validate({ definitions: [aTask('fine')] })).toEqual({ valid: true, errors: [] });
    expect(peer.commands).toEqual([]);
  });

  test('a forecast tells what comes due and where, without what is suspended', async () => {
    const { client, peer } = setUp();
    peer.addTask(aTask('night', { about: { name: 'Backup' } }));
    peer.addTask(aTask('still', { about: { suspended: true } }));
    peer.addTask(aTask('busy', { schedule: { triggers: [{ kind: 'interval', everyMs: 1000 }] } }));
    const { occurrences, truncated, perTask } = await client.tasks.forecast({});
    expect(occurrences).toHaveLength(101);
    expect(occurrences.at(-1)).toEqual({
      taskId: 'night',
      taskName: 'Backup',
      at: '2026-01-01T01:30:00.000Z',
      machineIds: [MACHINES.alpha],
    });
    expect(truncated).toBe(true);
    expect(perTask).toEqual([
      { taskId: 'busy', taskName: 'Task busy', count: 86_400 },
      { taskId: 'night', taskName: 'Backup', count: 1 },
    ]);
  });

  test('a forecast that ends before it begins, or looks too far, is refused', async () => {
    const { client } = setUp();
    const from = '2026-01-01T00:00:00Z';
    const backwards = await refusal(client.tasks.forecast({ from, to: from }));
    expect(backwards.error).toMatchObject({ code: 'INVALID_INPUT', field: 'to' });
    const far = await refusal(client.tasks.forecast({ from, to: '2027-02-01T00:00:00Z' }));
    expect(far.error).toMatchObject({ code: 'LIMIT_EXCEEDED', field: 'to', message: expect.stringContaining('366') });
  });

  test('definitions that are being tried are listed only for those who ask for them', async () => {
    const { client, peer } = setUp();
    peer.addTask(aTask('job'));
    const about = { tags: ['carillon.try'] };
    peer.addTask(aTask('try-abc-1', { about, schedule: { triggers: [], timeZone: 'UTC' } }));
    // What comes due is none, whatever it calls itself.
    peer.addTask(aTask('try-due-1', { about }));
    const ids = async (filter: object) => (await client.tasks.list(filter)).tasks.map(({ id }) => id);
    expect(await ids({})).toEqual(['job', 'try-due-1']);
    expect((await client.tasks.list({})).total).toBe(2);
    expect(await ids({ includeTries: true })).toEqual(['job', 'try-abc-1', 'try-due-1']);
    const tried = await client.tasks.try({ definition: aTask('new'), machine: 'beta' });
    expect(tried).toEqual({ taskId: 'try-fake-1', occurrenceIds: [expect.any(String)] });
    expect(peer.commands.at(-1)).toMatchObject({ kind: 'try-task', machine: MACHINES.beta });
    expect(await refusal(client.tasks.try({ definition: aTask('new'), machine: 'zeta' }))).toMatchObject({
      error: { code: 'MACHINE_NOT_FOUND' },
    });
  });

  test('a definition that is not saved is placed, with the reasons against others', async () => {
    const { client, peer } = setUp();
    await client.machines.drain({ machine: 'beta' });
    const placement = await client.tasks.placement({ definition: aTask('new') });
    expect(placement).toMatchObject({
      owner: { id: MACHINES.alpha, name: 'alpha' },
      preference: [{ name: 'alpha' }, { name: 'gamma' }],
      ineligible: [{ id: MACHINES.beta, name: 'beta', reason: 'is drained' }],
    });
    expect(peer.tasksById.size).toBe(0);
  });

  test('a schedule is previewed in words and instants', async () => {
    const { client } = setUp();
    const schedule = { triggers: [{ kind: 'cron' as const, expression: '30 2 * * *' }], timeZone: 'Europe/Berlin' };
    const preview = await client.schedule.preview({ schedule, from: '2026-03-28T12:00:00Z', count: 2 });
    expect(preview.instants).toEqual(['2026-03-29T01:00:00.000Z', '2026-03-30T00:30:00.000Z']);
    expect(preview.text).toContain('02:30');
    const bad = await refusal(client.schedule.preview({ schedule: { timeZone: 'Mars/Base' } }));
    expect(bad.error).toMatchObject({ code: 'UNKNOWN_TIME_ZONE', field: 'schedule.timeZone' });
  });

  test('a preview tells each occurrence in local time, with what clocks do to it and who would run it', async () => {
    const { client } = setUp();
    const definition = aTask('new');
    const { occurrences, instants } = await client.schedule.preview({ definition, from: '2026-03-28T12:00:00Z' });
    expect(occurrences.map(({ at }) => at)).toEqual(instants);
    expect(occurrences[0]).toEqual({
      at: '2026-03-29T01:00:00.000Z',
      local: '2026-03-29 03:00:00 +02:00',
      owner: { id: MACHINES.alpha, name: 'alpha' },
      note: { code: 'DST_GAP', text: 'clocks go forward: 02:30 does not exist, runs at 03:00' },
    });
    expect(occurrences[1]).toMatchObject({ local: '2026-03-30 02:30:00 +02:00', note: null });
  });

  test('without a definition an owner is told where only one machine can be', async () => {
    const { client } = setUp();
    const asked = { schedule: aTask('new').schedule, placement: {} };
    expect((await client.schedule.preview(asked)).occurrences[0]).toMatchObject({ owner: null });
    await client.machines.drain({ machine: 'beta' });
    await client.machines.drain({ machine: 'gamma' });
    expect((await client.schedule.preview(asked)).occurrences[0]).toMatchObject({ owner: { name: 'alpha' } });
  });

  test('a preview of a definition names the field that is wrong; one of nothing is refused', async () => {
    const { client } = setUp();
    const definition = aTask('new', { schedule: { timeZone: 'Mars/Base' } });
    const bad = await refusal(client.schedule.preview({ definition }));
    expect(bad.error).toMatchObject({ code: 'UNKNOWN_TIME_ZONE', field: 'definition.schedule.timeZone' });
    const none = await refusal(client.schedule.preview({}));
    expect(none.error).toMatchObject({ code: 'INVALID_INPUT', field: 'schedule' });
  });
});

describe('runs', () => {
  test('an audit of a period that ends before it begins, or that has not begun, is refused', async () => {
    const { client } = setUp();
    const [earlier, later] = ['2020-01-01T00:00:00Z', '2025-01-01T00:00:00Z'];
    for (const period of [
      { since: later, until: earlier },
      { since: later, until: later },
      { since: '2999-01-01T00:00:00Z' },
    ]) {
      expect(await refusal(client.runs.audit(period))).toMatchObject({
        error: { code: 'INVALID_INPUT', field: 'since' },
      });
    }
    expect(await client.runs.audit({ since: earlier, until: later })).toMatchObject({ findings: [] });
  });

  test('show every instant, null where there is none', async () => {
    const { client, peer } = setUp();
    const {
      claimedAt: _claimed,
      startedAt: _started,
      finishedAt: _finished,
      exitCode: _code,
      ...due
    } = peer.addRun({ taskId: 'job' as TaskId, state: 'due' });
    peer.runsById.set(due.id, due);
    const { runs, nextCursor } = await client.runs.list({});
    expect(nextCursor).toBeNull();
    expect(runs[0]).toMatchObject({
      nominalAt: '2026-01-01T00:01:00.000Z',
      claimedAt: null,
      startedAt: null,
      finishedAt: null,
      exitCode: null,
      reason: null,
      machineName: 'alpha',
      duplicate: false,
    });
  });

  test('are found by names and tags of tasks, names of machines, reasons and results, all words at once', async () => {
    const { client, peer } = setUp();
    const task = aTask('job');
    peer.addTask({ ...task, about: { ...task.about, name: 'Nightly Backup', tags: ['storage'] } });
    const reason = { code: 'EXIT', text: 'the disk is full' };
    const failed = peer.addRun({ taskId: 'job' as TaskId, machineId: MACHINES.beta, reason });
    const done = peer.addRun({ taskId: 'job' as TaskId, result: '{"rows":17}' });
    const other = peer.addRun({ taskId: 'other' as TaskId, machineId: MACHINES.beta });
    const find = async (text: string): Promise<string[]> => (await client.runs.list({ text })).runs.map(({ id }) => id);
    expect(await find('nightly')).toEqual([done.id, failed.id]);
    expect(await find('STORAGE full')).toEqual([failed.id]);
    expect(await find('beta')).toEqual([other.id, failed.id]);
    expect(await find('beta backup')).toEqual([failed.id]);
    expect(await find('rows":17')).toEqual([done.id]);
    expect(await find('beta rows')).toEqual([]);
    expect(await find('  ')).toHaveLength(3);
  });

  test('are paged by cursor and named by the beginning of their id', async () => {
    const { client, peer } = setUp();
    const runs = Array.from({ length: 5 }, () => peer.addRun({ taskId: 'job' as TaskId }));
    const first = await client.runs.list({ limit: 3 });
    const rest = await client.runs.list({ limit: 3, cursor: first.nextCursor ?? '' });
    expect([...first.runs, ...rest.runs].map((run) => run.id)).toEqual(runs.map((run) => run.id).reverse());
    expect(rest.nextCursor).toBeNull();
    const wanted = runs[2]?.id ?? '';
    expect((await client.runs.get({ run: wanted.slice(0, 10) })).run.id).toBe(wanted);
    expect((await refusal(client.runs.list({ cursor: 'nonsense' }))).error).toMatchObject({
      code: 'INVALID_INPUT',
      field: 'cursor',
    });
    expect(await refusal(client.runs.get({ run: 'zzzz' }))).toMatchObject({
      status: 404,
      error: { code: 'RUN_NOT_FOUND' },
    });
  });

  test('that have ended cannot be cancelled', async () => {
    const { client, peer } = setUp();
    const run = peer.addRun({ taskId: 'job' as TaskId });
    expect((await refusal(client.runs.cancel({ run: run.id }))).error).toMatchObject({ code: 'RUN_NOT_ACTIVE' });
  });
});

describe('faults', () => {
  test('of ours are logged, and told without their details', async () => {
    const { client, peer, host } = setUp();
    peer.runs.totals = () => Promise.reject(new Error('secret detail'));
    const { status, error } = await refusal(client.runs.totals({ since: 0 }));
    expect(status).toBe(500);
    expect(JSON.stringify(error)).not.toContain('secret detail');
    expect(host.logged).toHaveLength(1);
  });

  test('streams beyond the limit are refused, and a place is free again after one ends', async () => {
    const gate = new StreamGate(1);
    const endless = async function* () {
      for (;;) yield 1;
    };
    const first = gate.pass(endless());
    await first.next();
    await expect(gate.pass(endless()).next()).rejects.toMatchObject({ data: { code: 'BUSY' } });
    await first.return();
    expect(gate.open).toBe(0);
    expect((await gate.pass(endless()).next()).value).toBe(1);
  });

  test('doctor finds what is wrong', async () => {
    const { client, peer } = setUp();
    expect((await client.health.doctor({})).ok).toBe(true);
    const beta = peer.machinesById.get(MACHINES.beta);
    if (beta !== undefined) peer.machinesById.set(MACHINES.beta, { ...beta, state: 'dead', clockSkewMs: -4000 });
    const { ok, checks } = await client.health.doctor({});
    expect(ok).toBe(false);
    expect(checks.filter((check) => !check.ok).map((check) => check.name)).toEqual(['members', 'clocks']);
  });

  test('doctor says of a machine that was removed that it takes nothing, and what to do', async () => {
    const { client, peer } = setUp();
    const self = peer.machinesById.get(MACHINES.alpha);
    if (self === undefined) throw new Error('the fake peer has no machine of its own');
    peer.machinesById.set(MACHINES.alpha, { ...self, entry: { ...self.entry, removed: true } });
    const { ok, checks } = await client.health.doctor({});
    expect(ok).toBe(false);
    expect(checks.find(({ name }) => name === 'accepting')).toMatchObject({
      ok: false,
      detail: expect.stringContaining('was removed from its cluster'),
      advice: expect.stringContaining('carillon invite'),
    });
    expect(checks.find(({ name }) => name === 'agent')).toMatchObject({ ok: false });
  });
});
