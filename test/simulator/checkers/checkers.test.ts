/** Each checker reports a violation that is planted in an otherwise clean story, and is silent about the clean one. */
import { beforeAll, describe, expect, test } from 'vitest';
import type { MachineId, OccurrenceId, RunId } from '../../../core/domain/ids.ts';
import type { TaskDefinition } from '../../../core/domain/task.ts';
import { Observer } from '../observer.ts';
import { SimCluster, simTask } from '../sim-cluster.ts';
import type { SimMachine } from '../sim-machine.ts';
import type { RealStart } from '../sim-processes.ts';
import type { Checker, CheckScene, InvariantName } from './checker.ts';
import { CHECKERS } from './checkers.ts';
import { Ledger } from './ledger.ts';

const once = simTask('once', '*/10 * * * * *', { policy: { guarantee: 'at-most-once' } });
const least = simTask('least', '*/10 * * * * *');
const several = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => simTask(name, undefined));
const steady: readonly TaskDefinition[] = [once, least, ...several];

/** Three machines, four quiet minutes, a suspension and a run by hand that were acknowledged. */
async function cleanStory(): Promise<CheckScene> {
  const cluster = new SimCluster({ machines: 3, slots: 2 });
  await cluster.form();
  const observer = new Observer(cluster);
  const ledger = new Ledger(() => cluster.time.now);
  await cluster.put(0, ...steady, simTask('edited', undefined));
  await cluster.run(2000);
  const beginMs = cluster.time.now;
  const [person] = cluster.machines as [SimMachine];
  ledger.ask(person, { kind: 'suspend-task', id: simTask('edited', undefined).id, suspended: true });
  ledger.ask(person, { kind: 'run-task', id: least.id });
  await observer.run(200_000);
  return {
    cluster,
    observer,
    ledger,
    steady,
    volatile: [simTask('edited', undefined)],
    beginMs,
    endMs: beginMs + 120_000,
  };
}

function checker(invariant: InvariantName): Checker {
  const found = CHECKERS.find((other) => other.invariant === invariant);
  if (found === undefined) throw new Error(`no checker of ${invariant}`);
  return found;
}

/** What the checker says of the story as it is now. */
async function says(invariant: InvariantName, scene: CheckScene): Promise<string> {
  const violations = await checker(invariant).check({ ...scene });
  for (const violation of violations) expect(violation.invariant).toBe(invariant);
  return violations.map(({ detail }) => detail).join('\n');
}

let scene: CheckScene;

/** The last start of a task that was judged, as if another machine had done the same `laterMs` later. */
function again(task: TaskDefinition, over: Partial<RealStart> = {}): RealStart {
  const starts = scene.cluster.startsOf(task).filter(({ atMs }) => atMs < scene.endMs - 61_000);
  const start = starts.at(-1) as RealStart;
  const machine = scene.cluster.machines.find(({ id }) => id !== start.machine)?.id as MachineId;
  return { ...start, machine, runId: 'planted' as RunId, ...over };
}

/** Judges with starts that are not in the clean story. */
async function withStarts(invariant: InvariantName, ...starts: RealStart[]): Promise<string> {
  scene.cluster.starts.push(...starts);
  const said = await says(invariant, scene);
  scene.cluster.starts.splice(-starts.length);
  return said;
}

beforeAll(async () => {
  scene = await cleanStory();
}, 60_000);

describe('a clean story', () => {
  test.for(CHECKERS.map((one) => [one.invariant] as const))('leaves %s nothing to say', async ([invariant]) => {
    expect(await says(invariant, await cleanStory())).toBe('');
  });

  test('is judged by a checker for every invariant', () => {
    expect(new Set(CHECKERS.map(({ invariant }) => invariant)).size).toBe(CHECKERS.length);
    expect(CHECKERS).toHaveLength(11);
  });
});

describe('starts', () => {
  test('a second start of an at-most-once attempt is reported', async () => {
    expect(await withStarts('at-most-once', again(once))).toContain('and again');
    expect(await withStarts('at-most-once', again(least))).toBe('');
  });

  test('a token that does not rise, or is used twice, is reported', async () => {
    const { atMs } = again(once);
    expect(await withStarts('fencing', again(once, { atMs: atMs + 5000 }))).toContain('twice');
    expect(await withStarts('fencing', again(once, { atMs: atMs + 5000, fencingToken: 1 }))).toContain('token 1 after');
  });

  test('two runs at a time of machines in touch are reported', async () => {
    const { atMs, endedAtMs } = again(least);
    const occurrenceId = 'another' as OccurrenceId;
    expect(await withStarts('overlap', again(least, { occurrenceId, atMs: atMs + 10 }))).toContain(' and ');
    expect(await withStarts('overlap', again(least, { occurrenceId, atMs: (endedAtMs ?? 0) + 10 }))).toBe('');
  });

  test('a second start of an at-least-once attempt is reported when both could have known', async () => {
    const { atMs } = again(least);
    expect(await withStarts('at-least-once', again(least, { atMs: atMs + 20 }))).toContain('could have known');
  });

  test('what nobody asked for is reported', async () => {
    const action = { ...least.action, argv: ['false'] } as RealStart['action'];
    expect(await withStarts('trust', again(least, { action }))).toContain('nobody asked for');
  });

  test('a value that nobody gave is reported', async () => {
    const { runId } = scene.cluster.startsOf(least)[0] as RealStart;
    const parameters = new Map([['CARILLON_PARAM_REGION', 'north']]);
    expect(await withStarts('trust', again(least, { runId, parameters }))).toContain(
      'was given {"CARILLON_PARAM_REGION":"north"}',
    );
  });

  test('a start that no log tells of is reported by the audit', async () => {
    expect(await withStarts('audit', again(least))).toContain('has no record of');
  });

  test('an occurrence that is said to have run, and did not, is reported by the audit', async () => {
    const { occurrenceId } = again(least);
    const index = scene.cluster.starts.findIndex((start) => start.occurrenceId === occurrenceId);
    const [taken] = scene.cluster.starts.splice(index, 1) as [RealStart];
    expect(await says('audit', scene)).toContain('nothing started');
    scene.cluster.starts.splice(index, 0, taken);
  });
});

describe('what machines hold', () => {
  test('an occurrence that one machine does not know is reported', async () => {
    const { tables } = scene.cluster.machine(1).disk;
    const { runId } = scene.cluster.startsOf(least).find(({ atMs }) => atMs > scene.beginMs + 20_000) as RealStart;
    const run = tables.runs.get(runId);
    tables.runs.delete(runId);
    expect(await says('at-least-once', scene)).toContain('is unknown to m1');
    expect(await says('agreement', scene)).toContain('has it not');
    if (run !== undefined) tables.runs.set(runId, run);
  });

  test('a record that only one machine holds is reported', async () => {
    const logs = scene.cluster.machine(2).disk.tables.logs;
    const [recorder, log] = [...logs].find(([, { records }]) => records.length > 3) ?? [];
    if (recorder === undefined || log === undefined) throw new Error('no log is long enough');
    logs.set(recorder, { ...log, records: log.records.slice(0, 2) });
    expect(await says('durability', scene)).toContain('m2 holds nothing in the log of');
    logs.set(recorder, log);
  });

  test('an acknowledged revision, run by hand or suspension that is gone is reported', async () => {
    const [suspension, byHand] = scene.ledger.entries;
    if (suspension === undefined || byHand === undefined) throw new Error('the ledger is empty');
    const { witnesses, command } = suspension;
    suspension.witnesses = witnesses.map((witness) => ({ ...witness, revision: 77 }));
    expect(witnesses).toHaveLength(1);
    expect(await says('durability', scene)).toContain('revision 77 of about');
    suspension.witnesses = witnesses;
    const { outcome } = byHand;
    byHand.outcome = { ok: true, value: { occurrenceIds: ['unheard' as OccurrenceId] } };
    expect(await says('durability', scene)).toContain('run by hand unheard');
    byHand.outcome = outcome;
    Object.assign(suspension, { command: { ...command, suspended: false } });
    expect(await says('durability', scene)).toContain('against the last word');
    Object.assign(suspension, { command });
  });

  test('too much of anything is reported', async () => {
    const { id } = scene.cluster.machine(0);
    const peaks = scene.observer.peaks.get(id);
    const before = peaks?.get('probesForOthers');
    peaks?.set('probesForOthers', { value: 300, atMs: 1 });
    expect(await says('resources', scene)).toContain('held 300 probesForOthers; the limit is 256');
    if (before !== undefined) peaks?.set('probesForOthers', before);
  });
});

describe('rings', () => {
  test('a machine that owns more than its bound is reported, and a task that moved without need', async () => {
    const { sightings } = scene.observer;
    const last = sightings.at(-1);
    const [a, b, c] = scene.cluster.machines.map(({ id }) => id).sort() as [MachineId, MachineId, MachineId];
    if (last === undefined) throw new Error('nobody looked at a ring');
    sightings.push({ ...last, owners: new Map([...last.owners.keys()].map((id) => [id, a])) });
    expect(await says('ring-bounds', scene)).toContain('its bound is');
    sightings.pop();
    const without = [a, b, c].filter((id) => id !== c);
    const swapped = [...last.owners].map(([id, owner]) => [id, owner === c ? c : owner === a ? b : a] as const);
    sightings.push({ ...last, present: without, owners: new Map(swapped) });
    expect(await says('ring-bounds', scene)).toContain('moved from');
    sightings.pop();
  });
});

describe('machines', () => {
  test('one that takes another for dead though it could reach it is reported', async () => {
    const [a, b] = scene.cluster.machines.map(({ id }) => id) as [MachineId, MachineId];
    scene.observer.deaths.push({ atMs: scene.endMs, seenBy: a, dead: b });
    expect(await says('agreement', scene)).toContain('for dead, and could reach it');
    scene.observer.deaths.pop();
  });

  test('one that starts something after its removal is reported', async () => {
    const story = await cleanStory();
    const removed = story.cluster.machine(2);
    await story.cluster.command(0, { kind: 'remove-machine', id: removed.id });
    await story.observer.run(20_000);
    expect(await says('trust', story)).toBe('');
    const start = story.cluster.starts[0] as RealStart;
    story.cluster.starts.push({ ...start, machine: removed.id, atMs: story.cluster.time.now });
    expect(await says('trust', story)).toContain('had learned of its removal');
  });

  test('one that believes in a run that is none, or that starts nothing more, is reported', async () => {
    const story = await cleanStory();
    const { peer, id } = story.cluster.machine(1);
    const [record] = await story.cluster.runs(1, least);
    if (record === undefined) throw new Error('nothing ran');
    const ghost = { ...record, id: 'ghost' as RunId, state: 'running' as const, recordedAt: 0 };
    Object.defineProperty(peer.view, 'activeRuns', { value: () => [ghost] });
    Object.defineProperty(peer, 'execute', { value: () => new Promise(() => undefined) });
    const said = await says('liveness', story);
    expect(said).toContain('ghost: m1 believes');
    expect(said).toContain('slots: m1 started 0 of 2');
    expect(story.cluster.starts.every((start) => start.machine !== id || start.taskId !== 'liveness-probe')).toBe(true);
  });

  test('one that waits for what another holds of its log is reported, unless that one is off for good', async () => {
    const story = await cleanStory();
    const [, recovering, off] = story.cluster.machines as [SimMachine, SimMachine, SimMachine];
    off.losePower();
    recovering.losePower();
    recovering.disk.destroy(Math.floor(recovering.wallMs()));
    await recovering.boot();
    await story.observer.run(60_000);
    const said = await says('liveness', story);
    expect(said).toContain('m1 is settling');
    expect(said).toContain('slots: m1 started 0 of 2');
    off.retired = true;
    expect(await says('liveness', story)).not.toContain('m1');
  });

  test('one that starts late though all was calm is reported', async () => {
    const story = await cleanStory();
    const { starts } = story.cluster;
    starts.splice(0, starts.length, ...story.cluster.startsOf(least));
    const start = starts.at(-6) as RealStart & { atMs: number };
    Object.assign(start, { atMs: start.atMs + 700, endedAtMs: start.atMs + 750 });
    expect(await says('liveness', story)).toContain('late though all was calm');
  });

  test('where a machine cannot say what it has granted, the next in line may be as late as its patience', async () => {
    const story = await cleanStory();
    const { starts, epochMs, time } = story.cluster;
    starts.splice(0, starts.length, ...story.cluster.startsOf(once));
    const start = starts.at(-6) as RealStart & { atMs: number };
    Object.assign(start, { atMs: start.atMs + 610, endedAtMs: start.atMs + 660 });
    expect(await says('liveness', story)).toContain('late though all was calm');
    const { tables } = story.cluster.machine(1).disk;
    Object.assign(tables, { grantsCompleteSince: epochMs + time.now + 3_600_000 });
    expect(await says('liveness', story)).not.toContain('late');
    Object.assign(start, { atMs: start.atMs + 600, endedAtMs: start.atMs + 650 });
    expect(await says('liveness', story)).toContain('late though all was calm');
  });
});
