/**
 * Who owns what: the owners of all tasks, one preference list, and how many tasks move when a machine leaves or joins,
 * beside the share that has to move. The floor of placing tasks is sorting their places, which it cannot do without.
 */
import type { MachineId, TaskId } from '../core/domain/ids.ts';
import { RING } from '../core/config/constants.ts';
import { assignOwners, type PlacedTask } from '../core/ring/bounded-load.ts';
import { ringPlace } from '../core/ring/hash.ts';
import { HashRing, type RingMachine } from '../core/ring/hash-ring.ts';
import { preferenceList } from '../core/ring/preference-list.ts';
import type { BenchOptions } from './bench-options.ts';

const TASKS = 10_000;
const MACHINES = 50;
const LISTS = 1000;

export async function run({ full }: BenchOptions): Promise<object> {
  const rounds = full ? 50 : 10;
  const members = Array.from({ length: MACHINES }, (_, index): RingMachine => ({
    id: machineId(index),
    weight: 1,
  }));
  const tasks = Array.from({ length: TASKS }, (_, index): PlacedTask => {
    const id = `task-${index}` as TaskId;
    return { id, place: ringPlace(id), eligible: undefined };
  });
  const buildMs = fastest(rounds, () => new HashRing(members).walk(0));
  const ring = new HashRing(members);
  const assignMs = fastest(rounds, () => assignOwners(ring, tasks));
  const sortMs = fastest(rounds, () => [...tasks].sort((a, b) => a.place - b.place));
  const owners = assignOwners(ring, tasks);
  const listMs = fastest(rounds, () => {
    for (const { id, place } of tasks.slice(0, LISTS)) preferenceList(ring, place, owners.get(id), () => true, []);
  });
  return {
    tasks: TASKS,
    machines: MACHINES,
    buildRingMs: buildMs,
    ownersMs: assignMs,
    floorSortMs: sortMs,
    ratio: assignMs / sortMs,
    preferenceListMicroseconds: (listMs * 1000) / LISTS,
    largestShare: largestOf(owners) / (TASKS / MACHINES),
    allowedShare: 1 + RING.epsilon,
    oneMachineMore: movedShares(tasks, members),
  };
}

/**
 * The share of tasks with another owner when one machine joins or leaves, which is the same change either way; taken for
 * each machine, beside the share that has to move.
 */
function movedShares(tasks: readonly PlacedTask[], members: readonly RingMachine[]): object {
  const owners = assignOwners(new HashRing(members), tasks);
  const shares = members.map((one) => {
    const others = assignOwners(new HashRing(members.filter((other) => other !== one)), tasks);
    let moved = 0;
    for (const [id, owner] of owners) if (others.get(id) !== owner) moved += 1;
    return moved / tasks.length;
  });
  const movedShare = shares.reduce((sum, share) => sum + share, 0) / shares.length;
  const idealShare = 1 / members.length;
  return { movedShare, movedShareMax: Math.max(...shares), idealShare, ratio: movedShare / idealShare };
}

function largestOf(owners: ReadonlyMap<TaskId, MachineId>): number {
  const counts = new Map<MachineId, number>();
  for (const owner of owners.values()) counts.set(owner, (counts.get(owner) ?? 0) + 1);
  return Math.max(...counts.values());
}

/** Of several rounds the fastest: the others measure what else the machine did. */
function fastest(rounds: number, work: () => unknown): number {
  let best = Infinity;
  for (let round = 0; round < rounds; round += 1) {
    const beganMs = performance.now();
    work();
    best = Math.min(best, performance.now() - beganMs);
  }
  return best;
}

function machineId(index: number): MachineId {
  return `12D3KooWBench${String(index).padStart(3, '0')}` as MachineId;
}
