/**
 * What an outside observer sees of a cluster, second by second: which machines were well, which could reach each other,
 * who knew of a removal, whether documents were the same, who owned what, and how much each machine held. The checkers
 * ask it what could have been expected. Only changes are kept: a quiet day costs nothing but the looking.
 *
 * Machines that belong to no cluster yet are not well until they take part; removed ones are not from the moment at
 * which the first other machine knows of it; nor are those that say that nobody who is left knows of their admission.
 */
import type { MachineId, TaskId } from '../../core/domain/ids.ts';
import type { PeerSizes } from '../../core/peer/peer-sizes.ts';
import { RosterWatch } from './roster-watch.ts';
import type { SimCluster } from './sim-cluster.ts';
import type { SimLink } from './sim-link.ts';
import type { SimMachine } from './sim-machine.ts';
import { Timeline } from './timeline.ts';

/** The owners of all tasks with one owner, as one machine saw them. */
export interface RingSighting {
  readonly atMs: number;
  readonly seenBy: MachineId;
  /** Who was there to run things, in order of ids. */
  readonly present: readonly MachineId[];
  /** Tasks with one owner at most; those that nobody there may run have none. */
  readonly taskCount: number;
  readonly owners: ReadonlyMap<TaskId, MachineId>;
}

/** The most that was seen of one collection of one machine. */
export interface Peak {
  readonly value: number;
  readonly atMs: number;
}

/** One machine took another for dead. */
export interface Death {
  readonly atMs: number;
  readonly seenBy: MachineId;
  readonly dead: MachineId;
}

/** How often everything is looked at, so that what disturbs a cluster is noticed so much later at most. */
export const LOOK_EVERY_MS = 1000;
/** How often owners and sizes are looked at, and up to how many sightings of rings are kept. */
const CLOSER_LOOK_MS = 30_000;
const SIGHTINGS_MAX = 2000;
const DEATHS_MAX = 20_000;
/** A machine whose clock is further off cannot be expected to do things at their time. */
const CLOCK_TOLERANCE_MS = 10_000;
/** Clocks nearer to true time than this are right. */
const CLOCK_RIGHT_MS = 50;

/** Two machines, and what lay between them. */
interface Pair {
  readonly a: MachineId;
  readonly b: MachineId;
  /** From `a` to `b`, and from `b` to `a`. */
  readonly there: SimLink;
  readonly back: SimLink;
  /** Links were good both ways. */
  readonly open: Timeline;
  /** Each had the other in its roster. */
  readonly acquainted: Timeline;
}

export class Observer {
  /** Machines that the people have drained. */
  readonly drained = new Set<MachineId>();
  readonly sightings: RingSighting[] = [];
  readonly deaths: Death[] = [];
  readonly peaks = new Map<MachineId, Map<keyof PeerSizes, Peak>>();
  /** All well machines of the cluster show the same document. */
  readonly agreeing = new Timeline();
  /** All members are well, and all links are good. */
  readonly calm = new Timeline();
  /** The same, and all clocks are right, no disk has just refused a commit, and nobody is drained. */
  readonly undisturbed = new Timeline();

  readonly #cluster: SimCluster;
  readonly #pairs: readonly Pair[];
  readonly #pair = new Map<string, Pair>();
  /** It runs, takes part, can store, and does not stand still; whether or not others have removed it. */
  readonly #up = new Map<MachineId, Timeline>();
  readonly #well = new Map<MachineId, Timeline>();
  readonly #accepting = new Map<MachineId, Timeline>();
  readonly #clockRight = new Map<MachineId, Timeline>();
  /** When the database of a machine was last destroyed, and the number by which that was noticed. */
  readonly #destroyed = new Map<MachineId, { readonly atMs: number; readonly since: number }>();
  readonly #rosters: RosterWatch;
  readonly #lastPresent = new Map<MachineId, string>();
  #closerAtMs = 0;

  constructor(cluster: SimCluster) {
    this.#cluster = cluster;
    this.#rosters = new RosterWatch((machine) => {
      this.#listen(machine);
    });
    const ids = cluster.machines.map((machine) => machine.id);
    for (const id of ids) {
      this.#up.set(id, new Timeline());
      this.#well.set(id, new Timeline());
      this.#accepting.set(id, new Timeline());
      this.#clockRight.set(id, new Timeline());
    }
    const { network } = cluster;
    this.#pairs = ids.flatMap((a, index) =>
      ids.slice(index + 1).map((b) => {
        const links = { there: network.link(a, b), back: network.link(b, a) };
        return { a, b, ...links, open: new Timeline(), acquainted: new Timeline() };
      }),
    );
    for (const pair of this.#pairs) {
      this.#pair.set(`${pair.a}>${pair.b}`, pair);
      this.#pair.set(`${pair.b}>${pair.a}`, pair);
    }
    network.watch(() => {
      this.look();
    });
  }

  /** Lets virtual time pass, looking every second; it looks whenever links are cut or healed, too. */
  async run(durationMs: number): Promise<void> {
    const cluster = this.#cluster;
    const end = cluster.time.now + durationMs;
    const stretchMs = (): number => Math.min(LOOK_EVERY_MS, end - cluster.time.now);
    if (durationMs > 0) {
      this.look();
      // What the caller has promised has its turn after the first look.
      await cluster.run(stretchMs());
    }
    while (cluster.time.now < end) {
      this.look();
      const going = cluster.runFreely(stretchMs());
      if (going !== undefined) await going;
    }
    this.look();
  }

  look(): void {
    const { time, machines, network } = this.#cluster;
    const atMs = time.now;
    let calm = true;
    let punctual = this.drained.size === 0;
    let digest: string | undefined;
    let agreeing = true;
    let rostersChanged = false;
    for (const machine of machines) {
      if (machine.running && this.#rosters.look(machine, atMs)) rostersChanged = true;
    }
    for (const machine of machines) {
      const up = isUp(machine);
      const well = up && this.#rosters.isMember(machine.id) && !this.#isShutOut(machine);
      this.#up.get(machine.id)?.note(atMs, up);
      this.#well.get(machine.id)?.note(atMs, well);
      const errorMs = Math.abs(machine.clock.errorMs);
      const inTime = errorMs <= CLOCK_TOLERANCE_MS;
      this.#clockRight.get(machine.id)?.note(atMs, inTime);
      this.#noteDisk(machine, atMs);
      const takes = well && inTime && !this.drained.has(machine.id);
      this.#accepting.get(machine.id)?.note(atMs, takes);
      if (!well) {
        calm &&= !this.#rosters.isMember(machine.id);
        continue;
      }
      punctual &&= errorMs <= CLOCK_RIGHT_MS && atMs - machine.disk.refusedAtMs > LOOK_EVERY_MS;
      const shown = machine.peer.view.documentDigest;
      agreeing &&= digest === undefined || digest === shown;
      digest = shown;
    }
    if (rostersChanged) this.#noteAcquaintances(atMs);
    for (const { there, back, open } of this.#pairs) {
      const good = network.isGood(there) && network.isGood(back);
      open.note(atMs, good);
      calm &&= good;
    }
    this.calm.note(atMs, calm);
    this.undisturbed.note(atMs, calm && punctual);
    this.agreeing.note(atMs, agreeing);
    if (atMs >= this.#closerAtMs) {
      this.#closerAtMs = atMs + CLOSER_LOOK_MS;
      this.#lookCloser(atMs);
    }
  }

  /** Was the machine well all the time from one instant to the other? */
  wasWell(machine: MachineId, fromMs: number, untilMs: number): boolean {
    return this.#well.get(machine)?.held(fromMs, untilMs) ?? false;
  }

  /** Was the machine well, and taking runs, all the time from one instant to the other? */
  accepted(machine: MachineId, fromMs: number, untilMs: number): boolean {
    return this.#accepting.get(machine)?.held(fromMs, untilMs) ?? false;
  }

  /**
   * Could two well machines reach each other both ways, all the time, and had each the other in its roster? Nobody talks
   * to strangers: who was admitted on the other side of a split is one until the word of it has come.
   */
  couldTalk(a: MachineId, b: MachineId, fromMs: number, untilMs: number): boolean {
    const pair = this.#pair.get(`${a}>${b}`);
    const open = a === b || (pair?.open.held(fromMs, untilMs) === true && pair.acquainted.held(fromMs, untilMs));
    return open && this.wasWell(a, fromMs, untilMs) && this.wasWell(b, fromMs, untilMs);
  }

  /** The same, whether or not one of them has been removed meanwhile. */
  couldStillTalk(a: MachineId, b: MachineId, fromMs: number, untilMs: number): boolean {
    const wereUp = [a, b].every((id) => this.#up.get(id)?.held(fromMs, untilMs) === true);
    return wereUp && this.#pair.get(`${a}>${b}`)?.open.held(fromMs, untilMs) === true;
  }

  /** A third machine that both could reach all the time; undefined when there was none. */
  commonThird(a: MachineId, b: MachineId, fromMs: number, untilMs: number): MachineId | undefined {
    return this.#cluster.machines.find(
      ({ id }) =>
        id !== a && id !== b && this.couldTalk(a, id, fromMs, untilMs) && this.couldTalk(b, id, fromMs, untilMs),
    )?.id;
  }

  /** Was the machine's clock near to true time all the time from one instant to the other? */
  clockWasRight(machine: MachineId, fromMs: number, untilMs: number): boolean {
    return this.#clockRight.get(machine)?.held(fromMs, untilMs) ?? false;
  }

  /** The last time, virtual milliseconds, at which the machine's database was destroyed; undefined: never. */
  destroyedAtMs(machine: MachineId): number | undefined {
    return this.#destroyed.get(machine)?.atMs;
  }

  /** When `knower` learned that `removed` was removed from the cluster, virtual milliseconds; undefined: it has not. */
  knewOfRemovalAtMs(knower: MachineId, removed: MachineId): number | undefined {
    return this.#rosters.knownAtMs(knower, removed);
  }

  /** Machines that are in the roster by the word of one machine at least, and removed by nobody's. */
  isMember(machine: MachineId): boolean {
    return this.#rosters.isMember(machine);
  }

  isRemoved(machine: MachineId): boolean {
    return this.#rosters.isRemoved(machine);
  }

  #noteAcquaintances(atMs: number): void {
    for (const { a, b, acquainted } of this.#pairs) {
      acquainted.note(atMs, this.#rosters.lists(a, b) && this.#rosters.lists(b, a));
    }
  }

  /** It was told so, and rightly: until people let it in again it takes no part. */
  #isShutOut({ id, saysShutOut }: SimMachine): boolean {
    if (!saysShutOut) return false;
    return this.#cluster.machines.some((other) => other.id !== id && isUp(other) && !this.#rosters.lists(other.id, id));
  }

  #noteDisk({ id, disk }: SimMachine, atMs: number): void {
    const since = disk.tables.grantsCompleteSince;
    if (since > 0 && this.#destroyed.get(id)?.since !== since) this.#destroyed.set(id, { atMs, since });
  }

  /** Notes whom this life of the machine takes for dead, and who was admitted or removed, the moment it learns of it. */
  #listen(machine: SimMachine): void {
    const { id, peer } = machine;
    let dead = new Set<MachineId>();
    peer.subscribe((change) => {
      if (change.kind !== 'machines') return;
      // What follows from a removal others may do at once.
      if (machine.running && machine.peer === peer && this.#rosters.look(machine, this.#cluster.time.now)) {
        this.#noteAcquaintances(this.#cluster.time.now);
        this.look();
      }
      const now = peer.view.machines().filter(({ state }) => state === 'dead');
      for (const { entry } of now) {
        if (dead.has(entry.id) || this.deaths.length >= DEATHS_MAX) continue;
        this.deaths.push({ atMs: this.#cluster.time.now, seenBy: id, dead: entry.id });
      }
      dead = new Set(now.map(({ entry }) => entry.id));
    });
  }

  /** Owners and sizes: dearer to look at, so now and then. */
  #lookCloser(atMs: number): void {
    for (const machine of this.#cluster.machines) {
      if (!machine.running) continue;
      this.#noteSizes(machine, atMs);
      if (machine.peer.view.phase === 'active') this.#noteRing(machine, atMs);
    }
  }

  #noteSizes(machine: SimMachine, atMs: number): void {
    let peaks = this.peaks.get(machine.id);
    if (peaks === undefined) this.peaks.set(machine.id, (peaks = new Map<keyof PeerSizes, Peak>()));
    for (const [name, value] of Object.entries(machine.peer.sizes()) as [keyof PeerSizes, number][]) {
      if (value > (peaks.get(name)?.value ?? -1)) peaks.set(name, { value, atMs });
    }
  }

  #noteRing(machine: SimMachine, atMs: number): void {
    const { view } = machine.peer;
    const present = view
      .machines()
      .filter(({ entry, state, self, load, facts }) => {
        const there = self || state === 'alive' || state === 'suspect';
        return (
          there &&
          load?.notAccepting === undefined &&
          !entry.drained &&
          entry.roles.includes('executor') &&
          facts?.slots !== 0
        );
      })
      .map(({ entry }) => entry.id)
      .sort();
    const tasks = view.tasks().filter(({ placement }) => placement.mode === 'one' || placement.mode === 'pin');
    const key = `${tasks.length} ${present.join()}`;
    if (this.#lastPresent.get(machine.id) === key || this.sightings.length >= SIGHTINGS_MAX) return;
    this.#lastPresent.set(machine.id, key);
    const owners = new Map<TaskId, MachineId>();
    for (const { id } of tasks) {
      const owner = view.placement(id)?.owner;
      if (owner !== undefined) owners.set(id, owner);
    }
    this.sightings.push({ atMs, seenBy: machine.id, present, taskCount: tasks.length, owners });
  }
}

function isUp(machine: SimMachine): boolean {
  const { running, paused, clock, disk } = machine;
  if (!running || paused || clock.slow || disk.full || disk.failsWrites || disk.busyMs > 0) return false;
  return machine.peer.view.phase === 'active';
}
