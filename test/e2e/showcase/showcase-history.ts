/**
 * Five weeks of runs of the cluster that is shown in pictures: each at the instant that its schedule names, with durations
 * that spread and grow, failures that come alone and one bad night on which a machine was lost. Nothing is left to chance:
 * the same moment gives the same past.
 */
import type { MachineId, TaskId } from '../../../core/domain/ids.ts';
import type { Run } from '../../../core/domain/run.ts';
import { compileSchedule, nextOccurrence } from '../../../core/scheduling/occurrence.ts';
import { type FakePeer, MACHINES } from '../../fakes/peer-handle.ts';
import { ownerAmong } from '../live-ring.ts';
import { SHOWN_TASKS, type ShownTask } from './showcase-tasks.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const PAST_DAYS = 35;
/** The night on which attic-pi lost power. */
const BAD_NIGHT_DAYS = 9;
/** What happened since is told run by run. */
const TOLD_APART_MS = 10 * MINUTE_MS;

/** A stream of numbers from 0 to 1 that is always the same: a linear congruence modulo 2³² (Numerical Recipes, 7.1). */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Runs of every task that comes due by a clock, and of what follows it. */
export function addPast(peer: FakePeer, now: number): void {
  const next = numbers(20);
  for (const shown of SHOWN_TASKS) {
    const id = shown.definition.id as TaskId;
    const follower = SHOWN_TASKS.find(({ definition }) => leaderOf(definition) === id);
    for (const at of instantsOf(peer, id, now)) {
      const ended = addOne(peer, shown, at, now, next);
      if (follower !== undefined && ended.state === 'succeeded' && ended.finishedAt !== undefined) {
        addOne(peer, follower, ended.finishedAt, now, next, ended);
      }
    }
  }
}

function leaderOf({ schedule }: ShownTask['definition']): string | undefined {
  const [trigger] = schedule?.triggers ?? [];
  return trigger?.kind === 'after' ? trigger.task : undefined;
}

function instantsOf(peer: FakePeer, id: TaskId, now: number): number[] {
  const task = peer.view.task(id);
  const compiled = task === undefined ? undefined : compileSchedule(task.schedule);
  if (task?.about.suspended === true || compiled?.ok !== true) return [];
  const instants: number[] = [];
  let at = nextOccurrence(compiled.value, now - PAST_DAYS * DAY_MS);
  while (at !== undefined && at < now - TOLD_APART_MS) {
    instants.push(at);
    at = nextOccurrence(compiled.value, at);
  }
  return instants;
}

function addOne(
  peer: FakePeer,
  { definition, past }: ShownTask,
  at: number,
  now: number,
  next: () => number,
  leader?: Run,
): Run {
  const taskId = definition.id as TaskId;
  const age = (now - at) / DAY_MS;
  const bad = Math.abs(age - BAD_NIGHT_DAYS) < 0.2;
  const growth = 1 + (past.growth ?? 0) * (1 - age / PAST_DAYS);
  const tookMs = Math.round(past.usualMs * growth * (0.8 + 0.3 * next() + 0.9 * next() ** 12));
  const lateMs = Math.round(18 + 60 * next() + (bad ? 9000 : 1200) * next() ** 24);
  const machineId = machineFor(peer, taskId, next());
  const fails = next() * 100 < (past.failing ?? 0) + (bad ? 14 : 0);
  const startedAt = at + lateMs;
  const run = {
    taskId,
    machineId,
    nominalAt: at,
    dueAt: at,
    claimedAt: at + Math.min(lateMs - 4, 14),
    startedAt,
    finishedAt: startedAt + tookMs,
    recordedAt: startedAt + tookMs,
    outputBytes: 400 + Math.round(next() * 5000),
    fencingToken: 41,
    ...(leader === undefined ? {} : { cause: causeOf(leader) }),
  };
  if (!fails) return peer.addRun(run);
  if (bad && machineId === MACHINES.gamma) return peer.addRun({ ...run, ...LOST });
  return peer.addRun({ ...run, ...FAILED });
}

const FAILED = {
  state: 'failed' as const,
  exitCode: 1,
  reason: { code: 'EXIT_CODE', text: 'it ended with exit code 1' },
};
const LOST = {
  state: 'lost' as const,
  reason: { code: 'LOST', text: 'observed by nas: silent for 3.2 s' },
};

function causeOf({ taskId, occurrenceId, id: runId, state }: Run): Run['cause'] {
  return { kind: 'after', taskId, occurrenceId, runId, state, depth: 1 };
}

/** Its owner, and now and then the one who would take over. */
function machineFor(peer: FakePeer, id: TaskId, chance: number): MachineId {
  const task = peer.view.task(id);
  const takers = [...peer.machinesById.values()].filter(({ entry }) => !entry.drained);
  const first = task === undefined ? undefined : ownerAmong(takers, task);
  if (task === undefined || first === undefined) throw new Error(`nobody takes ${id}`);
  if (chance < 0.92) return first;
  const others = takers.filter(({ entry }) => entry.id !== first);
  return ownerAmong(others, task) ?? first;
}
