/**
 * Short stories, each about one promise of the core: what provokes the machine that would break it. The unbroken core
 * comes through all of them.
 */
import type { TaskDefinition } from '../../../core/domain/task.ts';
import type { Violation } from '../checkers/checker.ts';
import { simTask } from '../sim-cluster.ts';
import type { SimMachine } from '../sim-machine.ts';
import { Stage } from './stage.ts';

/** Plays a story from a seed and judges it. */
type Story = (seed: number, trace?: (line: string) => void) => Promise<readonly Violation[]>;

export type StoryName = keyof typeof STORIES;

export const STORIES = {
  'an undisturbed day': undisturbed,
  'granters restart and the claimant is cut off': grantersRestart,
  'a split with a smaller side': smallerSide,
  'connections break and are made again': brokenConnections,
  'runs by hand on two machines': byHandOnTwo,
  'the power fails before a run is recorded': powerFails,
  'a task is deleted': deleted,
  'a machine was away': away,
  'a machine stood still for a while': stoodStill,
  'nobody was there for minutes': outage,
  'a clock is set back': clockSetBack,
  'a run that was given up goes on': givenUpGoesOn,
  'a claimant is behind': claimantBehind,
  'a given up run and its machine end for good': goneForGood,
  'voters have grown unheard by one': unheardVoters,
} as const satisfies Record<string, Story>;

const MINUTE = 60_000;
const once = (id: string, cron: string | undefined): TaskDefinition =>
  simTask(id, cron, { policy: { guarantee: 'at-most-once' } });

async function undisturbed(seed: number, trace?: (line: string) => void): Promise<readonly Violation[]> {
  const tasks = Array.from({ length: 8 }, (_, index) => once(`task-${index}`, `${2 * index + 1} * * * * *`));
  const stage = await Stage.open({ seed, machines: 4, tasks, ...traced(trace) });
  await stage.observer.run(2 * MINUTE);
  return stage.close();
}

/** Whoever granted loses power just after the claimant has started and before its record has arrived. */
async function grantersRestart(seed: number, trace?: (line: string) => void): Promise<readonly Violation[]> {
  const task = once('once', '*/30 * * * * *');
  const stage = await Stage.open({ seed, machines: 3, tasks: [task], ...traced(trace) });
  Object.assign(stage.cluster.network.faults, { minDelayMs: 5, maxDelayMs: 5.5 });
  await stage.untilDue(30_000, 13);
  const claimant = stage.cluster.ownerOf(task);
  stage.cutOff(claimant);
  for (const granter of stage.others(claimant)) granter.losePower();
  await stage.observer.run(1000);
  for (const granter of stage.others(claimant)) await granter.boot();
  await stage.observer.run(50_000);
  return stage.close();
}

async function smallerSide(seed: number, trace?: (line: string) => void): Promise<readonly Violation[]> {
  const tasks = [
    once('first', '*/10 * * * * *'),
    once('second', '5-59/10 * * * * *'),
    once('third', '3-59/10 * * * * *'),
  ];
  const stage = await Stage.open({ seed, machines: 3, tasks, ...traced(trace) });
  stage.cutOff(stage.random.pick(stage.cluster.machines));
  await stage.observer.run(MINUTE);
  return stage.close();
}

/** Links stay whole, so that everybody is there all the time; only streams break. */
async function brokenConnections(seed: number, trace?: (line: string) => void): Promise<readonly Violation[]> {
  const tasks = Array.from({ length: 4 }, (_, index) => {
    return simTask(`long-${index}`, '*/30 * * * * *', { policy: { rerunAfterMs: 1000 } });
  });
  const durationsMs = Object.fromEntries(tasks.map(({ id }) => [id, 20_000]));
  const stage = await Stage.open({ seed, machines: 3, tasks, durationsMs, ...traced(trace) });
  await stage.untilDue(30_000, 5000);
  for (let count = 0; count < 10; count += 1) {
    const [a, b] = [stage.random.pick(stage.cluster.machines), stage.random.pick(stage.cluster.machines)];
    if (a !== b) stage.cluster.network.breakStream(a.id, b.id);
    await stage.observer.run(3000);
  }
  return stage.close();
}

async function byHandOnTwo(seed: number, trace?: (line: string) => void): Promise<readonly Violation[]> {
  const task = simTask('exclusive', undefined, { policy: { overlap: 'queue-all' } });
  const stage = await Stage.open({
    seed,
    machines: 3,
    tasks: [task],
    durationsMs: { exclusive: 20_000 },
    ...traced(trace),
  });
  await stage.observer.run(15_000);
  for (const machine of stage.cluster.machines.slice(0, 2)) {
    stage.ledger.ask(machine, { kind: 'run-task', id: task.id, machine: machine.id });
    await stage.observer.run(2000);
  }
  await stage.observer.run(MINUTE);
  return stage.close();
}

async function powerFails(seed: number, trace?: (line: string) => void): Promise<readonly Violation[]> {
  const task = once('once', '*/30 * * * * *');
  const stage = await Stage.open({ seed, machines: 3, tasks: [task], ...traced(trace) });
  const owner = stage.cluster.ownerOf(task);
  owner.disk.fate = (_, writes) => {
    const begins = writes.some(
      (write) => write.kind === 'records' && write.records.some(({ state }) => state === 'starting'),
    );
    return begins ? 'cut-before' : 'stored';
  };
  await stage.untilDue(30_000, 1000);
  owner.disk.mend();
  await stage.observer.run(20_000);
  return stage.close();
}

async function deleted(seed: number, trace?: (line: string) => void): Promise<readonly Violation[]> {
  const doomed = simTask('doomed', '*/10 * * * * *');
  const stage = await Stage.open({ seed, machines: 3, tasks: [simTask('kept', '*/10 * * * * *')], ...traced(trace) });
  const person = stage.random.pick(stage.cluster.machines);
  stage.ledger.ask(person, { kind: 'put-tasks', mode: 'create', definitions: [doomed] });
  await stage.observer.run(20_000);
  stage.ledger.ask(person, { kind: 'delete-task', id: doomed.id });
  await stage.observer.run(20_000);
  return stage.close();
}

async function away(seed: number, trace?: (line: string) => void): Promise<readonly Violation[]> {
  const tasks = [simTask('steady', '*/5 * * * * *'), simTask('other', '*/7 * * * * *')];
  const stage = await Stage.open({ seed, machines: 3, tasks, ...traced(trace) });
  const machine = stage.random.pick(stage.cluster.machines);
  machine.kill();
  await stage.observer.run(30_000);
  await machine.boot();
  await stage.observer.run(10_000);
  return stage.close();
}

async function stoodStill(seed: number, trace?: (line: string) => void): Promise<readonly Violation[]> {
  const stage = await Stage.open({ seed, machines: 3, tasks: [simTask('steady', '*/10 * * * * *')], ...traced(trace) });
  stage.random.pick(stage.cluster.machines).pause(8000);
  await stage.observer.run(30_000);
  return stage.close();
}

async function outage(seed: number, trace?: (line: string) => void): Promise<readonly Violation[]> {
  const policy = { catchUp: { mode: 'latest' } };
  const tasks = [simTask('latest', '*/20 * * * * *', { policy }), simTask('skipping', '*/30 * * * * *')];
  const stage = await Stage.open({ seed, machines: 3, tasks, ...traced(trace) });
  await stage.observer.run(MINUTE);
  for (const machine of stage.cluster.machines) machine.losePower();
  await stage.observer.run(10 * MINUTE);
  for (const machine of stage.cluster.machines) await machine.boot();
  await stage.observer.run(MINUTE);
  return stage.close();
}

/** All wall clocks go back; then a machine that runs something is gone for good, and the others must notice. */
async function clockSetBack(seed: number, trace?: (line: string) => void): Promise<readonly Violation[]> {
  const task = simTask('long', undefined, { policy: { onLost: 'report' } });
  const stage = await Stage.open({
    seed,
    machines: 3,
    tasks: [task],
    durationsMs: { long: 40 * MINUTE },
    ...traced(trace),
  });
  await stage.observer.run(10_000);
  for (const machine of stage.cluster.machines) machine.clockOffsetMs = -30 * MINUTE;
  await stage.observer.run(5000);
  const runner = stage.random.pick(stage.cluster.machines);
  stage.ledger.ask(runner, { kind: 'run-task', id: task.id, machine: runner.id });
  await stage.observer.run(5000);
  runner.losePower();
  await stage.observer.run(10_000);
  return stage.close([runner]);
}

/** Two machines give up the run of a third that they cannot reach; it comes back, and runs on. */
async function givenUpGoesOn(seed: number, trace?: (line: string) => void): Promise<readonly Violation[]> {
  const task = simTask('exclusive', undefined, { policy: { overlap: 'queue-all', onLost: 'report' } });
  const stage = await Stage.open({
    seed,
    machines: 3,
    tasks: [task],
    durationsMs: { exclusive: 80_000 },
    ...traced(trace),
  });
  const [runner, second] = stage.cluster.machines as [SimMachine, SimMachine];
  stage.ledger.ask(runner, { kind: 'run-task', id: task.id, machine: runner.id });
  await stage.observer.run(5000);
  stage.cutOff(runner);
  await stage.observer.run(15_000);
  stage.cluster.network.heal();
  await stage.observer.run(25_000);
  stage.ledger.ask(second, { kind: 'run-task', id: task.id, machine: second.id });
  await stage.observer.run(3 * MINUTE);
  return stage.close();
}

/**
 * A machine that was cut off, and whose clock is behind, asks for a claim as soon as it is connected again and before it
 * has heard of what the others ran: with a token that is too low.
 */
async function claimantBehind(seed: number, trace?: (line: string) => void): Promise<readonly Violation[]> {
  const task = once('once', '*/10 * * * * *');
  const stage = await Stage.open({ seed, machines: 3, tasks: [task], ...traced(trace) });
  const { cluster } = stage;
  await stage.observer.run(2 * MINUTE);
  const behind = stage.random.pick(cluster.machines);
  behind.clockOffsetMs = -MINUTE;
  stage.cutOff(behind);
  await stage.observer.run(30_000);
  Object.assign(cluster.network.faults, { minDelayMs: 20, maxDelayMs: 25 });
  cluster.network.heal();
  while (behind.peer.sizes().connected === 0) await cluster.run(1);
  stage.ledger.ask(behind, { kind: 'run-task', id: task.id, machine: behind.id });
  await stage.observer.run(20_000);
  behind.clock.setRight();
  return stage.close();
}

/** Its run has a second attempt elsewhere; it comes back, says that it goes on, and is gone for good. */
async function goneForGood(seed: number, trace?: (line: string) => void): Promise<readonly Violation[]> {
  const task = simTask('again', undefined, { policy: { rerunAfterMs: 1000 } });
  const stage = await Stage.open({
    seed,
    machines: 3,
    tasks: [task],
    durationsMs: { again: 25_000 },
    ...traced(trace),
  });
  const owner = stage.cluster.ownerOf(task);
  stage.ledger.ask(owner, { kind: 'run-task', id: task.id });
  await stage.observer.run(3000);
  stage.cutOff(owner);
  await stage.observer.run(12_000);
  stage.cluster.network.heal();
  await stage.observer.run(5000);
  owner.losePower();
  await stage.observer.run(10_000);
  return stage.close([owner]);
}

/**
 * One of three voters has not heard that there are five, and has so much to read that it asks for a claim before it
 * learns of it. Whoever it asks knows better.
 */
async function unheardVoters(seed: number, trace?: (line: string) => void): Promise<readonly Violation[]> {
  const tasks = Array.from({ length: 4 }, (_, index) => once(`often-${index}`, '* * * * * *'));
  const stage = await Stage.open({ seed, machines: 5, founders: 3, tasks, ...traced(trace) });
  const [first, second, deaf, fourth, fifth] = stage.cluster.machines as [
    SimMachine,
    SimMachine,
    SimMachine,
    SimMachine,
    SimMachine,
  ];
  const { network } = stage.cluster;
  stage.cutOff(deaf);
  for (let count = 0; count < 700; count += 1) {
    const name = `word ${count}`;
    stage.ledger.ask(second, {
      kind: 'put-tasks',
      mode: 'upsert',
      definitions: [simTask('wordy', undefined, { about: { name } })],
    });
    if (count % 20 === 0) await stage.cluster.run(20);
  }
  await stage.cluster.join(3, 0);
  await stage.cluster.join(4, 0);
  await stage.observer.run(20_000);
  network.heal();
  network.split([first.id, deaf.id], [second.id, fourth.id, fifth.id]);
  Object.assign(network.faults, { minDelayMs: 150, maxDelayMs: 250 });
  await stage.observer.run(15_000);
  return stage.close();
}

function traced(trace: ((line: string) => void) | undefined): { trace?: (line: string) => void } {
  return trace === undefined ? {} : { trace };
}
