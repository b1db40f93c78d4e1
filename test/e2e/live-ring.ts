/** The ring of a scene: tasks spread over the machines that are there, and where they would go without one of them. */
import type { MachineId, TaskId } from '../../core/domain/ids.ts';
import type { TaskDefinition } from '../../core/domain/task.ts';
import type { DepartureView, MachineView, PeerView, RingMachineView } from '../../core/peer/peer-view.ts';

/** Those that take tasks. */
export function presentOf(view: PeerView): readonly MachineView[] {
  return view.machines().filter(({ self, state, entry }) => (self || state === 'alive') && !entry.drained);
}

/** Always the same machine for a task, for as long as the same machines are there that may run it. */
export function ownerAmong(machines: readonly MachineView[], { id, placement }: TaskDefinition): MachineId | undefined {
  const may = machines.filter(({ entry }) => allows(placement, entry));
  return may[[...id].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % may.length]?.entry.id;
}

function allows({ mode, machine, labels }: TaskDefinition['placement'], entry: MachineView['entry']): boolean {
  if (mode === 'pin' && machine !== entry.id) return false;
  return Object.entries(labels).every(([name, value]) => entry.labels[name] === value);
}

export function liveRing(view: PeerView): ReturnType<PeerView['ring']> {
  return { machines: sharesOf(view, presentOf(view)), owners: ownersOf(view, presentOf(view)) };
}

export function liveDeparture(view: PeerView, gone: MachineId): DepartureView {
  const present = presentOf(view);
  const left = present.filter((machine) => machine.entry.id !== gone);
  const moves: { task: TaskId; from: MachineId; to: MachineId }[] = [];
  const stranded: { task: TaskId; reason: string }[] = [];
  for (const [task, from] of ownersOf(view, present)) {
    if (from !== gone) continue;
    const definition = view.task(task);
    const to = definition === undefined ? undefined : ownerAmong(left, definition);
    if (to === undefined) stranded.push({ task, reason: 'no other machine is there' });
    else moves.push({ task, from, to });
  }
  const before = sharesOf(view, present);
  const after = before
    .filter(({ id }) => id !== gone)
    .map((share) => ({ ...share, tasks: share.tasks + moves.filter(({ to }) => to === share.id).length }));
  return { moves, stranded, before, after };
}

function ownersOf(view: PeerView, machines: readonly MachineView[]): Map<TaskId, MachineId> {
  const owners = new Map<TaskId, MachineId>();
  for (const task of view.tasks()) {
    const owner = ownerAmong(machines, task);
    if (owner !== undefined) owners.set(task.id, owner);
  }
  return owners;
}

function sharesOf(view: PeerView, machines: readonly MachineView[]): RingMachineView[] {
  const owners = [...ownersOf(view, machines).values()];
  const bound = Math.ceil((owners.length / Math.max(machines.length, 1)) * 1.25);
  return machines.map(({ entry }) => ({
    id: entry.id,
    weight: 1,
    tasks: owners.filter((id) => id === entry.id).length,
    bound,
  }));
}
