/**
 * Consistent hashing (Karger et al., 1997): each machine has points on a ring in proportion to its weight; walking
 * clockwise from a task's place meets the machines in an order that depends on nothing but their names. One machine
 * more or less changes the order only at its own points.
 */
import { RING } from '../config/constants.ts';
import type { MachineId } from '../domain/ids.ts';
import { ringPlace } from './hash.ts';

export interface RingMachine {
  readonly id: MachineId;
  /** 1 is the norm. */
  readonly weight: number;
}

interface Point {
  readonly place: number;
  readonly machine: number;
}

export class HashRing {
  readonly machines: readonly RingMachine[];
  /** Made when they are first asked for: while a cluster forms, most rings are replaced before that. */
  #known: readonly Point[] | undefined;

  /** The order in which `machines` are given does not matter. */
  constructor(machines: readonly RingMachine[]) {
    this.machines = [...machines].sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  /** All machines in the order in which a walk from `place` first meets each. */
  walk(place: number): MachineId[] {
    const met = new Set<number>();
    const order: MachineId[] = [];
    this.visit(place, (id, index) => {
      if (!met.has(index)) {
        met.add(index);
        order.push(id);
      }
      return met.size === this.machines.length;
    });
    return order;
  }

  /** Walks from `place`, points in order (machines repeat), until `done` answers true or the circle is closed. */
  visit(place: number, done: (id: MachineId, index: number) => boolean): void {
    const points = (this.#known ??= sortedPoints(this.machines));
    const start = firstAtOrAfter(points, place);
    for (let step = 0; step < points.length; step += 1) {
      const point = points[(start + step) % points.length] as Point;
      if (done((this.machines[point.machine] as RingMachine).id, point.machine)) return;
    }
  }
}

function sortedPoints(machines: readonly RingMachine[]): readonly Point[] {
  return machines
    .flatMap((machine, index) => pointsOf(machine).map((place) => ({ place, machine: index })))
    .sort((a, b) => a.place - b.place || a.machine - b.machine);
}

function firstAtOrAfter(points: readonly Point[], place: number): number {
  let low = 0;
  let high = points.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((points[middle] as Point).place < place) low = middle + 1;
    else high = middle;
  }
  return low;
}

const placesByMachine = new Map<string, readonly number[]>();
const PLACES_REMEMBERED = 512;

function pointsOf(machine: RingMachine): readonly number[] {
  const count = Math.max(1, Math.round(RING.pointsPerMachine * machine.weight));
  const key = `${machine.id} ${count}`;
  const known = placesByMachine.get(key);
  if (known !== undefined) return known;
  if (placesByMachine.size >= PLACES_REMEMBERED) placesByMachine.clear();
  const places = Array.from({ length: count }, (_, index) => ringPlace(`${machine.id}#${index}`));
  placesByMachine.set(key, places);
  return places;
}
