/**
 * Who is who by a set of writes: the roster and the settings that are in force, and whose changes are void.
 *
 * An entry that removes a machine also states bounds: which of its changes still count. What was written beyond them is
 * void, and so is whatever could be written only because of that: the entries that a removed admin made with an old past,
 * and what their machines wrote. Bounds hold when the write that states them is in force and not void itself. Two admins
 * may remove each other apart; then no reading is without contradiction, and both are removed: who attacks its remover
 * gains nothing, and the others stay as they are (bounds that void each other in a circle hold, bounds that only
 * suffer from such do not).
 *
 * Everything here is a function of the set of writes, so machines that hold the same writes come to the same result.
 */
import type { MachineId } from '../domain/ids.ts';
import type { Role, RosterEntry } from '../domain/machine.ts';
import { mergeEntries } from '../security/authorization.ts';
import type { ClusterSettings } from './document-protocol.ts';
import { type TrustWrite, byOperation, operationIdOf } from './trust-write.ts';

/** Contradictions go round in a circle well before this. */
const MAX_ROUNDS = 64;

/** What an entry says of the changes of its machine. */
export interface Bounds {
  readonly machine: MachineId;
  readonly removed: boolean;
  readonly lastChanges: Readonly<Record<string, number>>;
  readonly statedBy: TrustWrite;
}

/**
 * Would a write still be allowed if only some of the others counted?
 * @param counts whether another write counts.
 */
export type Rejudge = (write: TrustWrite, counts: (other: TrustWrite) => boolean) => boolean;

export class Governance {
  readonly settings: ClusterSettings | undefined;
  readonly bounds: readonly Bounds[];
  /** Hashes of the changes whose writes do not count. */
  readonly voided: ReadonlySet<string>;
  readonly #entries = new Map<MachineId, RosterEntry>();
  /** Machines whose entries do not count, by the newest of these. */
  readonly #struck = new Map<MachineId, RosterEntry>();
  readonly #boundsOf = new Map<MachineId, Bounds[]>();

  /** @param writes in the order of their operations. */
  constructor(writes: readonly TrustWrite[], bounds: readonly Bounds[], voided: ReadonlySet<string>) {
    this.bounds = bounds;
    this.voided = voided;
    for (const one of bounds) push(this.#boundsOf, one.machine, one);
    const inForce = inForceAmong(writes, voided);
    for (const [machine, entries] of inForce.entries) {
      const merged = mergeEntries(entries);
      if (merged === undefined) continue;
      const removed = merged.removed || (this.#boundsOf.get(machine) ?? []).some((one) => one.removed);
      this.#entries.set(machine, removed === merged.removed ? merged : { ...merged, removed });
    }
    for (const { machine, entry } of writes) {
      if (machine !== undefined && entry !== undefined && !this.#entries.has(machine)) {
        this.#struck.set(machine, { ...entry, removed: true });
      }
    }
    this.settings = inForce.settings;
  }

  /** Every machine as it is to be shown: one whose entry does not count is shown as removed. */
  shown(): readonly RosterEntry[] {
    return [...this.#entries.values(), ...this.#struck.values()];
  }

  /** The entry of a machine; undefined when none that counts is there. */
  entryOf(machine: MachineId): RosterEntry | undefined {
    return this.#entries.get(machine);
  }

  entries(): readonly RosterEntry[] {
    return [...this.#entries.values()];
  }

  /** None for a machine that is not in the roster or was removed. */
  rolesOf(machine: MachineId): readonly Role[] {
    const entry = this.#entries.get(machine);
    return entry === undefined || entry.removed ? [] : entry.roles;
  }

  /** The number of the newest change of an actor that counts; Infinity when all do. */
  lastOf(machine: MachineId, actor: string): number {
    return (this.#boundsOf.get(machine) ?? []).reduce((last, one) => Math.min(last, lastBy(one, actor)), Infinity);
  }
}

/**
 * Works out who is who.
 * @param unsorted every write of a set that holds the causal past of each.
 */
export function govern(unsorted: readonly TrustWrite[], rejudge: Rejudge): Governance {
  const writes = unsorted.toSorted(byOperation);
  const seen: (readonly Bounds[])[] = [];
  let bounds: readonly Bounds[] = [];
  for (;;) {
    const voided = voidedBy(bounds, writes, rejudge);
    const stated = boundsAmong(writes, voided);
    if (nameOf(stated) === nameOf(bounds)) return new Governance(writes, bounds, voided);
    const before = seen.findIndex((one) => nameOf(one) === nameOf(stated));
    seen.push(bounds);
    if (before >= 0 || seen.length >= MAX_ROUNDS) {
      const settled = settle(seen.slice(Math.max(before, 0)), writes, rejudge);
      return new Governance(writes, settled, voidedBy(settled, writes, rejudge));
    }
    bounds = stated;
  }
}

/** Which bounds hold when they contradict each other: those in a circle, and those that no holding one makes void. */
function settle(circle: readonly (readonly Bounds[])[], writes: readonly TrustWrite[], rejudge: Rejudge): Bounds[] {
  const all = [...new Map(circle.flat().map((one) => [operationIdOf(one.statedBy), one])).values()];
  all.sort((a, b) => byOperation(a.statedBy, b.statedBy));
  const attacks = new Map(
    all.map((one) => {
      const voided = voidedBy([one], writes, rejudge);
      return [one, all.filter(({ statedBy }) => voided.has(statedBy.hash))] as const;
    }),
  );
  const reaches = (from: Bounds, to: Bounds, passed = new Set<Bounds>()): boolean =>
    (attacks.get(from) ?? []).some((next) => {
      if (next === to) return true;
      if (passed.has(next)) return false;
      passed.add(next);
      return reaches(next, to, passed);
    });
  const holding = new Set(all.filter((one) => reaches(one, one)));
  for (const one of all) {
    if (![...holding].some((other) => attacks.get(other)?.includes(one) === true)) holding.add(one);
  }
  return all.filter((one) => holding.has(one));
}

/** The changes that do not count by some bounds: those beyond them, and those that needed such a one. */
function voidedBy(bounds: readonly Bounds[], writes: readonly TrustWrite[], rejudge: Rejudge): Set<string> {
  const voided = new Set<string>();
  for (const { hash, author, actor, sequence } of writes) {
    if (bounds.some((one) => one.machine === author && sequence > lastBy(one, actor))) voided.add(hash);
  }
  if (voided.size === 0) return voided;
  const counts = (write: TrustWrite): boolean => !voided.has(write.hash);
  for (const write of writes) if (counts(write) && !rejudge(write, counts)) voided.add(write.hash);
  return voided;
}

function boundsAmong(writes: readonly TrustWrite[], voided: ReadonlySet<string>): Bounds[] {
  const bounds: Bounds[] = [];
  for (const { replacedBy, write } of standing(writes, voided)) {
    if (replacedBy || write.entry === undefined || write.machine === undefined) continue;
    const { removed, lastChanges } = write.entry;
    if (!removed && lastChanges === undefined) continue;
    bounds.push({ machine: write.machine, removed, lastChanges: lastChanges ?? {}, statedBy: write });
  }
  return bounds;
}

/** The entries in force of each machine, the newest first, and the settings. */
function inForceAmong(
  writes: readonly TrustWrite[],
  voided: ReadonlySet<string>,
): { entries: Map<MachineId, RosterEntry[]>; settings: ClusterSettings | undefined } {
  const entries = new Map<MachineId, RosterEntry[]>();
  let settings: ClusterSettings | undefined;
  for (const { replacedBy, write } of standing(writes, voided)) {
    if (replacedBy) continue;
    if (write.machine === undefined) settings ??= write.settings;
    else if (write.entry !== undefined) push(entries, write.machine, write.entry);
  }
  // What a cluster was founded with holds, whatever becomes of its founder.
  settings ??= writes.find((write) => write.settings !== undefined)?.settings;
  return { entries, settings };
}

/** The writes that count, the newest first, and whether another that counts has replaced them, be it through void ones. */
function standing(
  writes: readonly TrustWrite[],
  voided: ReadonlySet<string>,
): { write: TrustWrite; replacedBy: boolean }[] {
  const replaced = new Set<string>();
  const found: { write: TrustWrite; replacedBy: boolean }[] = [];
  for (const write of writes.toReversed()) {
    const counts = !voided.has(write.hash);
    const replacedBy = replaced.has(operationIdOf(write));
    if (counts) found.push({ write, replacedBy });
    if (counts || replacedBy) for (const id of write.replaced) replaced.add(id);
  }
  return found;
}

function lastBy({ removed, lastChanges }: Bounds, actor: string): number {
  return lastChanges[actor] ?? (removed ? 0 : Infinity);
}

/** Equal names, equal bounds. */
function nameOf(bounds: readonly Bounds[]): string {
  return bounds
    .map(({ statedBy }) => operationIdOf(statedBy))
    .sort()
    .join(' ');
}

function push<Key, Value>(map: Map<Key, Value[]>, key: Key, value: Value): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}
