/** Telling channels in a cluster: by one machine, once, after a crash and after an outage too, and never in the way of runs. */
import { beforeEach, describe, expect, test } from 'vitest';
import { type Channel, channelSchema, webhookChannelSchema } from '../../../core/domain/channel.ts';
import type { CommandKind, CommandOf } from '../../../core/peer/commands.ts';
import { SimCluster, simTask } from '../../simulator/sim-cluster.ts';

const SLICE_MS = 250;
const OPS = webhookChannelSchema.parse({ kind: 'webhook', url: 'https://receiver.test/ops' });
let cluster: SimCluster;
let exitCode: number;

beforeEach(async () => {
  exitCode = 1;
  cluster = new SimCluster({ machines: 3, seed: 11, behaviour: () => ({ durationMs: 50, exitCode }) });
  await cluster.form();
  await cluster.run(20_000);
});

/** What is sent is answered in real time, for which virtual time has to wait. */
async function pass(durationMs: number): Promise<void> {
  for (let passedMs = 0; passedMs < durationMs; passedMs += SLICE_MS) {
    await cluster.run(SLICE_MS);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function ask<K extends CommandKind>(command: CommandOf<K>, index = 0) {
  const outcome = cluster.machine(index).peer.execute(command);
  await pass(2000);
  return outcome;
}

const putChannel = (channel: Channel = OPS) => ask({ kind: 'put-channel', name: 'ops', channel });

function taskTelling(id: string, on: string[] = ['failure', 'recovery'], over: object = {}) {
  return simTask(id, undefined, { notify: { rules: [{ channel: 'ops', on }] }, ...over });
}

async function putAndRun(...definitions: ReturnType<typeof simTask>[]): Promise<void> {
  expect(await ask({ kind: 'put-tasks', mode: 'upsert', definitions })).toMatchObject({ ok: true });
  for (const { id } of definitions) void cluster.machine(0).peer.execute({ kind: 'run-task', id });
  await pass(5000);
}

interface Told {
  readonly id: string;
  readonly kind: string;
  readonly notices: readonly { readonly id: string; readonly taskId: string; readonly outcome: string }[];
}

const received = () => cluster.machines.flatMap(({ notifier }) => notifier.received);
const told = (): Told[] => received().map(({ body }) => JSON.parse(body) as Told);
const outcomes = (): string[] => told().flatMap(({ notices }) => notices.map(({ outcome }) => outcome));

function answerWith(status: number | undefined): void {
  for (const { notifier } of cluster.machines) notifier.status = status;
}

describe('a channel', () => {
  test('is known on every machine, and must exist where a task names it', async () => {
    const unknown = await ask({ kind: 'put-tasks', mode: 'create', definitions: [taskTelling('backup')] });
    expect(unknown).toMatchObject({ ok: false, error: { code: 'CHANNEL_NOT_FOUND', field: 'notify' } });
    expect(await putChannel()).toMatchObject({ ok: true });
    expect(await ask({ kind: 'put-tasks', mode: 'create', definitions: [taskTelling('backup')] })).toMatchObject({
      ok: true,
    });
    for (const index of [0, 1, 2]) {
      expect(cluster.machine(index).peer.view.channels()).toMatchObject([
        { name: 'ops', channel: OPS, tasks: ['backup'] },
      ]);
    }
  });

  test('that a task names is not deleted; afterwards it is gone everywhere', async () => {
    await putChannel();
    await ask({ kind: 'put-tasks', mode: 'create', definitions: [taskTelling('backup')] });
    const refused = await ask({ kind: 'delete-channel', name: 'ops' });
    expect(refused).toMatchObject({ ok: false, error: { code: 'CHANNEL_IN_USE' } });
    await ask({ kind: 'put-tasks', mode: 'upsert', definitions: [simTask('backup', undefined)] });
    expect(await ask({ kind: 'delete-channel', name: 'ops' })).toMatchObject({ ok: true });
    expect(cluster.machine(2).peer.view.channels()).toEqual([]);
    expect(await ask({ kind: 'delete-channel', name: 'ops' })).toMatchObject({
      ok: false,
      error: { code: 'CHANNEL_NOT_FOUND' },
    });
  });

  test('that was changed meanwhile is not written over by who has not seen it', async () => {
    const put = (expectRevision: number) => ask({ kind: 'put-channel', name: 'ops', channel: OPS, expectRevision });
    expect(await put(0)).toMatchObject({ ok: true });
    expect(await put(0)).toMatchObject({ ok: false, error: { code: 'DOCUMENT_CONFLICT' } });
  });

  test('can be tried, and says what came of it', async () => {
    await putChannel();
    const tried = await ask({ kind: 'test-channel', name: 'ops' }, 1);
    expect(tried).toEqual({ ok: true, value: { name: 'ops', answer: '204' } });
    expect(told()).toMatchObject([{ kind: 'test' }]);
    answerWith(404);
    const refused = await ask({ kind: 'test-channel', name: 'ops' }, 1);
    expect(refused).toMatchObject({ ok: false, error: { code: 'NOTIFICATION_REFUSED' } });
    answerWith(undefined);
    const failed = await ask({ kind: 'test-channel', name: 'ops' }, 1);
    expect(failed).toMatchObject({ ok: false, error: { code: 'NOTIFICATION_FAILED' } });
    const unknown = await ask({ kind: 'test-channel', name: 'other' }, 1);
    expect(unknown).toMatchObject({ ok: false, error: { code: 'CHANNEL_NOT_FOUND' } });
  });

  test('uses a secret of the cluster, which is opened only to send', async () => {
    const proof = { use: 'hmac', secret: 'hook' } as const;
    expect(await putChannel({ ...OPS, proof })).toMatchObject({ ok: false, error: { code: 'SECRET_NOT_FOUND' } });
    await ask({ kind: 'set-secret', name: 'hook', value: 'the value of the secret' });
    expect(await putChannel({ ...OPS, proof })).toMatchObject({ ok: true });
    await ask({ kind: 'test-channel', name: 'ops' }, 2);
    expect(received()).toMatchObject([{ secret: 'the value of the secret' }]);
    expect(received()[0]?.body).not.toContain('the value of the secret');
  });
});

describe('a channel of mail', () => {
  const mail = { kind: 'email', host: 'mail.test', port: 587, from: 'a@mail.test', to: ['duty@mail.test'] };
  const login = { user: 'carillon', secret: 'mail-key' };

  test('needs the secret of its login, and is told in text for people', async () => {
    const channel = channelSchema.parse({ ...mail, login });
    expect(await putChannel(channel)).toMatchObject({
      ok: false,
      error: { code: 'SECRET_NOT_FOUND', field: 'channel.login.secret' },
    });
    await ask({ kind: 'set-secret', name: 'mail-key', value: 'the password' });
    expect(await putChannel(channel)).toMatchObject({ ok: true });
    await putAndRun(taskTelling('backup'));
    const [first, ...more] = received();
    expect(first).toMatchObject({ to: 'duty@mail.test', secret: 'the password' });
    expect(first?.subject).toContain('backup failed on ');
    expect(first?.body).toContain('Task: backup');
    expect([more, first?.body.includes('the password')]).toEqual([[], false]);
  });
});

describe('an outcome', () => {
  test('is told once, by the machine that ran', async () => {
    await putChannel();
    await putAndRun(taskTelling('backup'));
    expect(outcomes()).toEqual(['failure']);
    const [run] = (await cluster.machine(0).peer.runs.page({}, 10, undefined)).runs;
    const teller = cluster.machines.find(({ notifier }) => notifier.received.length > 0);
    expect(teller?.id).toBe(run?.machineId);
  });

  test('of a success is told when the time before had failed, or when every end is asked for', async () => {
    await putChannel();
    await putAndRun(taskTelling('usual'), taskTelling('all', ['end']));
    exitCode = 0;
    await putAndRun(taskTelling('usual'), taskTelling('all', ['end']));
    await putAndRun(taskTelling('usual'), taskTelling('all', ['end']));
    const of = (id: string) =>
      told().flatMap(({ notices }) => notices.filter(({ taskId }) => taskId === id).map(({ outcome }) => outcome));
    expect(of('usual')).toEqual(['failure', 'recovery']);
    expect(of('all')).toEqual(['failure', 'recovery', 'success']);
  });

  test('that another attempt follows is not told before the last', async () => {
    await putChannel();
    const policy = { retry: { maxAttempts: 3, initialMs: 500, factor: 1, maxMs: 500 } };
    await putAndRun(taskTelling('backup', ['end'], { policy }));
    await pass(10_000);
    expect(cluster.starts.filter(({ taskId }) => taskId === 'backup')).toHaveLength(3);
    expect(outcomes()).toEqual(['failure']);
  });

  test('is not told by a paused channel, nor of a task that tells nobody', async () => {
    await putChannel({ ...OPS, paused: true });
    await putAndRun(taskTelling('backup'), simTask('quiet', undefined));
    await putChannel();
    await pass(10_000);
    expect(received()).toEqual([]);
  });

  test('that waits is forgotten when its channel is paused, and not told later', async () => {
    await putChannel();
    answerWith(undefined);
    await putAndRun(taskTelling('backup', ['failure'], pinned()));
    expect(cluster.machine(1).peer.view.channels()).toMatchObject([{ waiting: 1 }]);
    await putChannel({ ...OPS, paused: true });
    expect(cluster.machine(1).peer.view.channels()).toMatchObject([{ waiting: 0, failure: undefined }]);
    answerWith(204);
    await putChannel();
    await pass(60_000);
    expect(received()).toEqual([]);
  });

  test('is told under the same id once the receiver is there again, and many as one digest', async () => {
    await putChannel();
    answerWith(500);
    const tasks = Array.from({ length: 9 }, (_, number) => taskTelling(`t${number}`, ['failure'], pinned()));
    await putAndRun(...tasks);
    const before = received().map(({ id }) => id);
    expect(before.length).toBeGreaterThan(0);
    const [failing] = cluster.machine(1).peer.view.channels();
    expect(failing).toMatchObject({ failure: { text: 'it answered with status 500' }, waiting: 9 });
    expect(cluster.machine(1).peer.view.warnings).toMatchObject([{ code: 'NOTIFICATION_FAILED' }]);
    const tried = received().length;
    answerWith(204);
    await pass(60_000);
    const after = told().slice(tried);
    expect(after[0]?.id, 'what was under way').toBe(before.at(-1));
    expect(after.some(({ kind }) => kind === 'digest')).toBe(true);
    expect(after.flatMap(({ notices }) => notices.map(({ taskId }) => taskId)).sort()).toEqual(
      tasks.map(({ id }) => id).sort(),
    );
    expect(cluster.machine(1).peer.view.warnings).toEqual([]);
  });

  test('of what nobody can run is told once, by one machine of those that are left', async () => {
    await putChannel();
    const pinnedToSecond = taskTelling('backup', ['missed', 'end'], pinned());
    await ask({ kind: 'put-tasks', mode: 'create', definitions: [pinnedToSecond] });
    cluster.machine(1).kill();
    await pass(10_000);
    void cluster.machine(0).peer.execute({ kind: 'run-task', id: pinnedToSecond.id });
    await pass(30_000);
    expect(outcomes()).toEqual(['missed']);
    await cluster.machine(1).boot();
    await pass(30_000);
    expect(outcomes()).toEqual(['missed', 'failure']);
  });

  test('that one machine has told is not told once more by another that finds it later', async () => {
    await putChannel();
    const at = cluster.epochMs + cluster.time.now + 20_000;
    const schedule = { triggers: [{ kind: 'once', at }] };
    const definitions = [taskTelling('backup', ['missed'], { schedule, ...pinned() })];
    await ask({ kind: 'put-tasks', mode: 'create', definitions });
    cluster.machine(1).kill();
    for (let waited = 0; waited < 60 && received().length === 0; waited += 1) await pass(500);
    const teller = cluster.machines.find(({ notifier }) => notifier.received.length > 0);
    // The record has reached the other by then.
    await pass(SLICE_MS);
    teller?.kill();
    await pass(180_000);
    const [other] = cluster.machines.filter((machine) => machine !== teller && machine !== cluster.machine(1));
    const runs = (await other?.peer.runs.page({}, 10, undefined))?.runs;
    expect(runs).toMatchObject([{ state: 'skipped', recorderId: other?.id }]);
    expect(outcomes()).toEqual(['missed']);
  });

  test('is not told by a machine that was removed', async () => {
    await putChannel();
    answerWith(undefined);
    await putAndRun(taskTelling('backup', ['failure'], pinned()));
    answerWith(204);
    await ask({ kind: 'remove-machine', id: cluster.machine(1).id });
    await pass(30_000);
    expect(received()).toEqual([]);
  });

  test('is told after a crash of the agent, under the same id', async () => {
    await putChannel();
    answerWith(undefined);
    await putAndRun(taskTelling('first', ['failure'], pinned()));
    await ask({ kind: 'put-tasks', mode: 'create', definitions: [taskTelling('second', ['failure'], pinned())] });
    // While the first waits to be tried again.
    void cluster.machine(0).peer.execute({ kind: 'run-task', id: 'second' as never });
    await pass(1500);
    const machine = cluster.machine(1);
    expect(machine.peer.view.channels()).toMatchObject([{ waiting: 2 }]);
    machine.kill();
    answerWith(204);
    await machine.boot();
    await pass(30_000);
    expect(told().flatMap(({ notices }) => notices.map(({ taskId }) => taskId))).toEqual(['first', 'second']);
    expect(machine.peer.view.channels()).toMatchObject([{ waiting: 0, failure: undefined }]);
  });
});

/** To be run by the second machine alone. */
function pinned() {
  return { placement: { mode: 'pin', machine: cluster.machine(1).id } };
}
