/**
 * Ring bounds: no machine owns more than its bounded share of the tasks that any machine may own; and when one machine
 * comes or goes, only its own tasks move, and those that a full machine turned away before or turns away now. Rings are
 * judged as machines saw them at any time, so disagreement between machines is none of it.
 */
import type { MachineId, TaskId } from '../../../core/domain/ids.ts';
import type { TaskDefinition } from '../../../core/domain/task.ts';
import { roomPerMachine } from '../../../core/ring/bounded-load.ts';
import { ringPlace } from '../../../core/ring/hash.ts';
import { HashRing } from '../../../core/ring/hash-ring.ts';
import type { RingSighting } from '../observer.ts';
import type { Checker, CheckScene } from './checker.ts';
import { Findings } from './evidence.ts';

export const ringBounds: Checker = {
  invariant: 'ring-bounds',
  check: (scene) => {
    const findings = new Findings('ring-bounds');
    const free = freeTasks(scene.steady);
    const last = new Map<MachineId, RingSighting>();
    for (const sighting of scene.observer.sightings) {
      checkShares(scene, sighting, free, findings);
      const before = last.get(sighting.seenBy);
      if (before !== undefined) checkMoves(scene, before, sighting, free, findings);
      last.set(sighting.seenBy, sighting);
    }
    return findings.violations;
  },
};

/** Tasks that any machine may own, and that nobody edits. */
function freeTasks(tasks: readonly TaskDefinition[]): Set<TaskId> {
  const free = tasks.filter(({ placement }) => {
    const restricted =
      Object.keys(placement.labels).length + placement.operatingSystems.length + placement.architectures.length > 0;
    return placement.mode === 'one' && !restricted;
  });
  return new Set(free.map(({ id }) => id));
}

function checkShares(
  { cluster }: CheckScene,
  { atMs, seenBy, present, taskCount, owners }: RingSighting,
  free: ReadonlySet<TaskId>,
  findings: Findings,
): void {
  if (present.length === 0) return;
  const ring = ringOf(present);
  const room = roomPerMachine(ring, taskCount);
  const owned = new Map<MachineId, number>();
  for (const [task, owner] of owners) if (free.has(task)) owned.set(owner, (owned.get(owner) ?? 0) + 1);
  for (const [index, { id }] of ring.machines.entries()) {
    const count = owned.get(id) ?? 0;
    if (count <= (room[index] as number)) continue;
    const names = `${cluster.byId(id).name} owns ${count} of ${taskCount} tasks`;
    findings.add(atMs, `as ${cluster.byId(seenBy).name} sees it, ${names}; its bound is ${room[index] as number}`);
  }
}

function checkMoves(
  { cluster }: CheckScene,
  before: RingSighting,
  after: RingSighting,
  free: ReadonlySet<TaskId>,
  findings: Findings,
): void {
  const gone = before.present.filter((id) => !after.present.includes(id));
  const come = after.present.filter((id) => !before.present.includes(id));
  const [changed] = [...gone, ...come];
  const sameTasks =
    before.taskCount === after.taskCount &&
    before.owners.size === after.owners.size &&
    [...before.owners.keys()].every((id) => after.owners.has(id));
  if (changed === undefined || gone.length + come.length !== 1 || !sameTasks) return;
  const [ringBefore, ringAfter] = [ringOf(before.present), ringOf(after.present)];
  for (const [task, was] of before.owners) {
    const is = after.owners.get(task);
    if (is === undefined || is === was || is === changed || was === changed || !free.has(task)) continue;
    // Its first choice was full, or is full now: bounded loads move it.
    if (isTurnedAway(before, ringBefore, task) || isTurnedAway(after, ringAfter, task)) continue;
    const names = [was, is, changed].map((id) => cluster.byId(id).name);
    findings.add(after.atMs, `${task} moved from ${names[0]} to ${names[1]} when ${names[2]} came or went`);
  }
}

/** The first machine on the way from its place has no room for it. */
function isTurnedAway({ owners, taskCount }: RingSighting, ring: HashRing, task: TaskId): boolean {
  const [first] = ring.walk(ringPlace(task));
  if (first === undefined || owners.get(task) === first) return false;
  let owned = 0;
  for (const owner of owners.values()) if (owner === first) owned += 1;
  const index = ring.machines.findIndex(({ id }) => id === first);
  return owned >= (roomPerMachine(ring, taskCount)[index] as number);
}

/** All machines of the simulation have the same weight. */
function ringOf(present: readonly MachineId[]): HashRing {
  return new HashRing(present.map((id) => ({ id, weight: 1 })));
}
