/** When machines can be blamed for not knowing of each other: they were in touch for long enough before. */
import { TIMES } from '../../../core/config/constants.ts';
import type { MachineId } from '../../../core/domain/ids.ts';
import type { TaskDefinition } from '../../../core/domain/task.ts';
import type { RealStart } from '../sim-processes.ts';
import type { CheckScene } from './checker.ts';

/**
 * For so long machines must have been in touch before they can be blamed for what they do at a time: whoever was apart
 * for long dials only now and then, and a dial that began in the split has to come to nothing first.
 */
export const IN_TOUCH_MS = 1.25 * TIMES.redialMaxMs + TIMES.dialTimeoutMs + 2000;

/** Could the two machines reach each other and a common third, for long enough before the later start? */
export function wereInTouch({ cluster, observer }: CheckScene, earlier: RealStart, later: RealStart): boolean {
  const from = later.atMs - IN_TOUCH_MS;
  const [a, b] = [earlier.machine, later.machine];
  if (!observer.couldTalk(a, b, from, later.atMs)) return false;
  // Two alone are the whole cluster, or know nobody who could tell them.
  const others = cluster.machines.filter(({ id }) => id !== a && id !== b && observer.isMember(id));
  return others.length === 0 || observer.commonThird(a, b, from, later.atMs) !== undefined;
}

/** Could the two machines reach each other or a common third, for long enough before the later start? */
export function couldMeet({ observer }: CheckScene, earlier: RealStart, later: RealStart): boolean {
  const from = later.atMs - IN_TOUCH_MS;
  const [a, b] = [earlier.machine, later.machine];
  return observer.couldTalk(a, b, from, later.atMs) || observer.commonThird(a, b, from, later.atMs) !== undefined;
}

/** What a machine has acknowledged or recorded reaches those that it can talk to within this. */
export const TOLD_WITHIN_MS = 10_000;

/** Could the machine give what it wrote at an instant to any other that could store it? */
export function couldTell({ cluster, observer }: CheckScene, machine: MachineId, atMs: number): boolean {
  const until = atMs + TOLD_WITHIN_MS;
  return cluster.machines.some(({ id }) => id !== machine && observer.couldTalk(machine, id, atMs, until));
}

/** Several machines run each occurrence of it, each for itself. */
export function runOnSeveral(task: TaskDefinition): boolean {
  return task.placement.mode === 'all' || task.placement.mode === 'n';
}
