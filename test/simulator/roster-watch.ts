/**
 * What the rosters of the machines say of each other: who is a member, who was removed, and who knows of it since when.
 * A roster is read anew only when its machine's document has changed.
 */
import type { MachineId } from '../../core/domain/ids.ts';
import type { Peer } from '../../core/peer/peer.ts';
import type { SimMachine } from './sim-machine.ts';

/** From a start of a machine's agent to its end. */
interface Life {
  readonly peer: Peer;
  digest: string;
  listed: Set<MachineId>;
  /** Was listed in this life, and is not any more. */
  readonly unlisted: Set<MachineId>;
}

export class RosterWatch {
  readonly #lives = new Map<MachineId, Life>();
  /** By who knows it, then by who was removed. */
  readonly #removed = new Map<MachineId, Map<MachineId, number>>();
  /** When somebody who had known of a removal saw the machine let in again. */
  readonly #readmitted = new Map<MachineId, number>();
  /** What `isMember` has found out since the last news. */
  readonly #members = new Map<MachineId, boolean>();
  readonly #onNewLife: (machine: SimMachine) => void;

  /** @param onNewLife is told of each life of a machine when it is first looked at */
  constructor(onNewLife: (machine: SimMachine) => void) {
    this.#onNewLife = onNewLife;
  }

  /** Reads the roster of a machine. True when it lists others than when last looked at. */
  look(machine: SimMachine, atMs: number): boolean {
    const { peer } = machine;
    let life = this.#lives.get(machine.id);
    const fresh = life?.peer !== peer;
    if (life === undefined || fresh) {
      // What an earlier life listed is not held against this one: its document may be on the way again.
      life = { peer, digest: '', listed: new Set(), unlisted: new Set() };
      this.#lives.set(machine.id, life);
      this.#members.clear();
      this.#onNewLife(machine);
    }
    const digest = peer.view.documentDigest;
    if (digest === life.digest) return fresh;
    life.digest = digest;
    this.#members.clear();
    const listed = new Set(peer.view.machines().map(({ entry }) => entry.id));
    let removed = this.#removed.get(machine.id);
    if (removed === undefined) this.#removed.set(machine.id, (removed = new Map<MachineId, number>()));
    for (const id of life.listed) {
      if (listed.has(id)) continue;
      life.unlisted.add(id);
      // Who has learned that it is removed itself does not list whom it admitted, and is not told when others let them in.
      if (!removed.has(id) && (id === machine.id || listed.has(machine.id))) removed.set(id, atMs);
    }
    for (const id of listed) {
      removed.delete(id);
      if (life.unlisted.delete(id)) this.#readmitted.set(id, atMs);
    }
    const { listed: before } = life;
    const same = listed.size === before.size && [...listed].every((id) => before.has(id));
    life.listed = listed;
    return fresh || !same;
  }

  /** Has the machine the other one in its roster, as far as it has told in this life? */
  lists(machine: MachineId, other: MachineId): boolean {
    return this.#lives.get(machine)?.listed.has(other) ?? false;
  }

  knownAtMs(knower: MachineId, removed: MachineId): number | undefined {
    return this.#removed.get(knower)?.get(removed);
  }

  /** By the word of any machine, unless it is older than another's that the machine was let in again. */
  isRemoved(machine: MachineId): boolean {
    const readmittedAtMs = this.#readmitted.get(machine) ?? -Infinity;
    for (const removed of this.#removed.values()) {
      if ((removed.get(machine) ?? -Infinity) > readmittedAtMs) return true;
    }
    return false;
  }

  /**
   * By the word of a machine that is not removed. Its own word does not count where it knows of others: who was admitted
   * by a machine whose removal voids that (a removal counts by what its author had seen) is nobody's member but its own.
   */
  isMember(machine: MachineId): boolean {
    let known = this.#members.get(machine);
    if (known === undefined) this.#members.set(machine, (known = this.#isListed(machine)));
    return known;
  }

  #isListed(machine: MachineId): boolean {
    if (this.isRemoved(machine)) return false;
    for (const [knower, { listed }] of this.#lives) {
      if (!listed.has(machine) || this.isRemoved(knower)) continue;
      if (knower !== machine || listed.size === 1) return true;
    }
    return false;
  }
}
