/** Who owns what, as the peer in memory sees it: the first machine that is not drained owns everything. */
import type { MachineId, TaskId } from '../../core/domain/ids.ts';
import type { DepartureView, PlacementView, RingMachineView } from '../../core/peer/peer-view.ts';
import type { FakePeer } from './peer-handle.ts';

/** Whoever is there, in the order of the names: the first owns everything. */
export function ringOf(peer: FakePeer, without?: MachineId): RingMachineView[] {
  const ids = placementOf(peer).preference.filter((id) => id !== without);
  const all = peer.tasksById.size;
  return ids.map((id, index) => ({ id, weight: 1, tasks: index === 0 ? all : 0, bound: all }));
}

export function ownersOf(peer: FakePeer): Map<TaskId, MachineId> {
  const owner = placementOf(peer).owner;
  return new Map(owner === undefined ? [] : [...peer.tasksById.keys()].map((id) => [id, owner]));
}

export function placementOf(peer: FakePeer): PlacementView {
  const ids = [...peer.machinesById.values()]
    .filter((machine) => !machine.entry.drained)
    .map((machine) => machine.entry.id);
  const drained = [...peer.machinesById.values()].filter((machine) => machine.entry.drained);
  return {
    owner: ids[0],
    preference: ids,
    targets: ids.slice(0, 1),
    ineligible: drained.map((machine) => ({ machine: machine.entry.id, reason: 'is drained' })),
  };
}

export function departureOf(peer: FakePeer, id: MachineId): DepartureView {
  const [before, after] = [ringOf(peer), ringOf(peer, id)];
  const tasks = before[0]?.id === id ? [...peer.tasksById.keys()] : [];
  const to = after[0]?.id;
  if (to === undefined) return { moves: [], stranded: tasks.map((task) => ({ task, reason: 'alone' })), before, after };
  return { moves: tasks.map((task) => ({ task, from: id, to })), stranded: [], before, after };
}
