/**
 * Consistent hashing with bounded loads (Mirrokni, Thorup, Zadimoghaddam, 2018): walking from a task's place, the first
 * eligible machine that still has room is the owner. Room is (1 + ε) of the fair share by weight, rounded up, so no
 * machine is crowded. Tasks are placed in the order of their own places, so the result depends on the sets alone.
 *
 * What a change of members moves: all tasks of the machine that goes (or the tasks that the new one takes), and beyond
 * that only tasks that a full machine turned away before or turns away now. There is no bound on those better than the
 * number of tasks at full machines; measured with 4000 tasks and equal weights: at most 1 % of all tasks for 4 to 61
 * machines, as with 96 points a machine few ever are full.
 */
import { RING } from '../config/constants.ts';
import type { MachineId, TaskId } from '../domain/ids.ts';
import type { HashRing } from './hash-ring.ts';

export interface PlacedTask {
  readonly id: TaskId;
  /** Its place on the ring. */
  readonly place: number;
  /** Which machines (by index in `ring.machines`) may own it; undefined: all. */
  readonly eligible: readonly boolean[] | undefined;
}

/** How many tasks each machine of the ring may own, by index. */
export function roomPerMachine(ring: HashRing, taskCount: number, epsilon: number = RING.epsilon): number[] {
  const weights = ring.machines.reduce((sum, machine) => sum + machine.weight, 0);
  return ring.machines.map((machine) => Math.ceil(((1 + epsilon) * taskCount * machine.weight) / weights));
}

/**
 * The owner of every task that any machine may own. A task whose eligible machines are all full goes to the first
 * eligible one: running is worth more than balance.
 */
export function assignOwners(ring: HashRing, tasks: readonly PlacedTask[]): Map<TaskId, MachineId> {
  const owners = new Map<TaskId, MachineId>();
  if (ring.machines.length === 0) return owners;
  const room = roomPerMachine(ring, tasks.length);
  const ordered = [...tasks].sort((a, b) => a.place - b.place || (a.id < b.id ? -1 : 1));
  for (const task of ordered) {
    const owner = firstWithRoom(ring, task, room);
    if (owner === undefined) continue;
    room[owner] = (room[owner] as number) - 1;
    owners.set(task.id, (ring.machines[owner] as { id: MachineId }).id);
  }
  return owners;
}

function firstWithRoom(ring: HashRing, task: PlacedTask, room: readonly number[]): number | undefined {
  let firstEligible: number | undefined;
  let owner: number | undefined;
  ring.visit(task.place, (_, index) => {
    if (task.eligible !== undefined && task.eligible[index] !== true) return false;
    firstEligible ??= index;
    if ((room[index] as number) <= 0) return false;
    owner = index;
    return true;
  });
  return owner ?? firstEligible;
}
