/** The ring, as the API shows it. */
import { LIMITS } from '../config/constants.ts';
import type { MachineId, TaskId } from '../domain/ids.ts';
import type { PeerView, RingMachineView } from '../peer/peer-view.ts';
import type { DepartureOutput, RingOutput } from './ring-schemas.ts';

export function ringOutputOf(view: PeerView): RingOutput {
  const { machines, owners } = view.ring();
  const { machine, task } = namesOf(view);
  return {
    machines: byName(machines.map((one) => ({ ...one, name: machine(one.id) }))),
    owners: [...owners]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .slice(0, LIMITS.listedOwners)
      .map(([taskId, machineId]) => ({ taskId, taskName: task(taskId), machineId })),
  };
}

/** @param leaver the machine that would go. */
export function departureOutputOf(view: PeerView, leaver: MachineId): DepartureOutput {
  const { moves, stranded, before, after } = view.departure(leaver);
  const { machine, task } = namesOf(view);
  const shares = (machines: readonly RingMachineView[]) =>
    byName(machines.map(({ id, tasks }) => ({ machineId: id, name: machine(id), tasks })));
  return {
    moves: moves.slice(0, LIMITS.listedOwners).map((move) => ({
      taskId: move.task,
      taskName: task(move.task),
      fromId: move.from,
      fromName: machine(move.from),
      toId: move.to,
      toName: machine(move.to),
    })),
    stranded: stranded
      .slice(0, LIMITS.listedOwners)
      .map(({ task: taskId, reason }) => ({ taskId, taskName: task(taskId), reason })),
    sharesBefore: shares(before),
    sharesAfter: shares(after),
  };
}

function namesOf(view: PeerView): { machine: (id: MachineId) => string; task: (id: TaskId) => string } {
  return { machine: (id) => view.nameOf(id) ?? id, task: (id) => view.task(id)?.about.name ?? id };
}

function byName<T extends { readonly name: string }>(named: T[]): T[] {
  return named.sort((a, b) => (a.name < b.name ? -1 : 1));
}
