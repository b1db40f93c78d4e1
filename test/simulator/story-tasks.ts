/**
 * The tasks of a story, drawn from its seed: every promise that a task can make (guarantee, overlap, catch-up, retries,
 * reruns), every way to place it, and every kind of schedule, in several time zones. How often they come due together
 * is bounded, so that a story with many tasks is wider, not only heavier.
 */
import type { MachineId } from '../../core/domain/ids.ts';
import type { Trigger } from '../../core/domain/schedule.ts';
import type { TaskDefinition } from '../../core/domain/task.ts';
import type { SeededRandom } from './seeded-random.ts';
import { simTask } from './sim-cluster.ts';

export interface TaskScene {
  readonly random: SeededRandom;
  /** How many tasks are drawn. */
  readonly count: number;
  readonly machines: readonly MachineId[];
  /** The zone whose clocks may change during the story. */
  readonly zone: string;
  /** The time with faults, epoch milliseconds. */
  readonly beginsAt: number;
  readonly endsAt: number;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
/** Up to so many tasks some may come due every few seconds; in larger stories the usual pace is slower. */
const BRISK_TASKS = 30;
const ZONES = ['UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kolkata', 'Pacific/Auckland'];

/** Draws tasks; the same random source gives the same tasks. */
export function drawTasks(scene: TaskScene): TaskDefinition[] {
  return Array.from({ length: scene.count }, (_, index) => drawTask(scene, `task-${index}`));
}

/** Plain tasks, each due once a minute at a second of its own: what the speed of the simulator is measured with. */
export function minutelyTasks(count: number): TaskDefinition[] {
  return Array.from({ length: count }, (_, index) => simTask(`task-${index}`, `${(index * 7) % 60} * * * * *`));
}

function drawTask(scene: TaskScene, id: string): TaskDefinition {
  const { random } = scene;
  const timeZone = random.fraction() < 0.5 ? scene.zone : random.pick(ZONES);
  const bounded = random.fraction() < 0.1;
  return simTask(id, undefined, {
    schedule: {
      triggers: Array.from({ length: random.fraction() < 0.15 ? 2 : 1 }, () => drawTrigger(scene)),
      timeZone,
      jitterMs: random.fraction() < 0.2 ? random.below(5 * SECOND) : 0,
      ...(bounded ? { startAt: instantIn(scene, 0, 0.3), endAt: instantIn(scene, 0.6, 1) } : {}),
    },
    placement: drawPlacement(scene),
    policy: {
      guarantee: random.pick(['at-least-once', 'at-most-once']),
      overlap: random.pick(['skip', 'queue-one', 'queue-all', 'replace', 'allow']),
      catchUp: {
        mode: random.pick(['skip', 'latest', 'all']),
        windowMs: random.pick([5 * MINUTE, HOUR, 24 * HOUR]),
      },
      retry: { maxAttempts: random.pick([1, 1, 2, 3]), initialMs: SECOND + random.below(9 * SECOND) },
      priority: random.below(3) - 1,
      rerunAfterMs: random.pick([2, 5, 10, 60]) * SECOND,
      ...(random.fraction() < 0.2 ? { onLost: 'report' } : {}),
    },
  });
}

function drawTrigger(scene: TaskScene): Trigger {
  const { random, count } = scene;
  const pace = random.fraction();
  if (pace < 0.08) return { kind: 'once', at: instantIn(scene, 0.1, 0.9) };
  if (pace < 0.2) {
    const everyMs = (count <= BRISK_TASKS ? 10 : 60) * SECOND + random.below(10 * MINUTE);
    return { kind: 'interval', everyMs, anchorAt: scene.beginsAt - random.below(HOUR) };
  }
  return { kind: 'cron', expression: drawCron(scene) };
}

function drawCron({ random, count }: TaskScene): string {
  const second = random.below(60);
  const pace = random.fraction();
  if (count <= BRISK_TASKS && pace < 0.35) return `*/${random.pick([10, 15, 20, 30])} * * * * *`;
  if (pace < 0.55) return `${second} * * * * *`;
  if (pace < 0.8) return `${second} */${random.pick([2, 5, 10, 15])} * * * *`;
  if (pace < 0.9) return `${second} ${random.below(60)} * * * *`;
  // A fixed time of the day, more often than not where clocks change.
  return `0 ${random.pick([0, 15, 30, 45])} ${random.pick([0, 1, 2, 2, 2, 3, 12])} * * *`;
}

function drawPlacement({ random, machines }: TaskScene): Record<string, unknown> {
  const way = random.fraction();
  if (way < 0.55) return {};
  if (way < 0.65) return { mode: 'all' };
  if (way < 0.75) return { mode: 'n', count: 1 + random.below(Math.min(4, machines.length)) };
  if (way < 0.85) return { mode: 'pin', machine: random.pick(machines) };
  return { mode: random.pick(['one', 'one', 'all']), labels: { rack: random.pick(['left', 'right']) } };
}

/** A whole second of the story, between two shares of its length. */
function instantIn({ random, beginsAt, endsAt }: TaskScene, from: number, to: number): number {
  const share = from + random.fraction() * (to - from);
  return Math.round((beginsAt + share * (endsAt - beginsAt)) / SECOND) * SECOND;
}
