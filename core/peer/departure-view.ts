/**
 * What if a machine went: the ring without it, beside the ring of now. The same code decides when it really goes, so this
 * is what would be, as long as nothing else changes.
 */
import { LIMITS } from '../config/constants.ts';
import type { MachineId, TaskId } from '../domain/ids.ts';
import type { RosterEntry } from '../domain/machine.ts';
import type { Task } from '../domain/task.ts';
import type { DepartureView } from './peer-view.ts';
import type { RingView } from './ring-view.ts';

/** Where things stand: of a peer's state. */
interface Scene {
  readonly ring: RingView;
  readonly tasks: ReadonlyMap<TaskId, Task>;
  readonly roster: ReadonlyMap<MachineId, RosterEntry>;
}

/** @param leaver the machine that goes; one that runs nothing now leaves everything as it is. */
export function departureOf(scene: Scene, leaver: MachineId): DepartureView {
  const { ring, tasks } = scene;
  const after = ring.fork(leaver);
  const moves: { task: TaskId; from: MachineId; to: MachineId }[] = [];
  const stranded: { task: TaskId; reason: string }[] = [];
  for (const task of tasks.values()) {
    const before = runnersOf(task, ring, tasks);
    if (before.length === 0) continue;
    const then = runnersOf(task, after, tasks);
    if (then.length === 0) stranded.push({ task: task.id, reason: strandedReason(scene, after, task, leaver) });
    // A full machine that is given more may have to leave what it had to others: not only the tasks of the leaver move.
    const from = before.find((id) => !then.includes(id));
    if (from === undefined) continue;
    for (const to of then) if (!before.includes(to)) moves.push({ task: task.id, from, to });
  }
  return { moves, stranded, before: ring.machines(tasks), after: after.machines(tasks) };
}

function runnersOf(task: Task, ring: RingView, tasks: Scene['tasks']): readonly MachineId[] {
  if (task.placement.mode === 'all' || task.placement.mode === 'n') return ring.targets(task, tasks);
  const owner = ring.ownerOf(task, tasks);
  return owner === undefined ? [] : [owner];
}

function strandedReason({ roster, tasks }: Scene, after: RingView, task: Task, leaver: MachineId): string {
  if (task.placement.mode === 'pin' && task.placement.machine === leaver) return 'it is pinned to this machine';
  const { ineligible } = after.describe(task, tasks);
  if (ineligible.length === 0) return 'there is no other machine';
  const words = ineligible.map(({ machine, reason }) => `${roster.get(machine)?.name ?? machine}: ${reason}`).sort();
  return words.join('; ').slice(0, LIMITS.reasonLength);
}
