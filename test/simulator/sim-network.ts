/**
 * A network in virtual time: directed links with delay, loss and cuts, and hosts that are up or without power. What is
 * sent over it is in `sim-transport`. Nothing of it is told to the machines: they find out as on a real one.
 */
import type { MachineId } from '../../core/domain/ids.ts';
import type { SeededRandom } from './seeded-random.ts';
import { type Cut, type DelayRange, SimLink } from './sim-link.ts';
import type { SimTransport } from './sim-transport.ts';
import type { VirtualTime } from './virtual-time.ts';

/** What holds for every link that has no state of its own. */
export interface LinkFaults {
  minDelayMs: number;
  maxDelayMs: number;
  /** Packets, 0 to 1. Gossip is lost for good; a stream sends again, and what follows waits. */
  lossRate: number;
  /** Gossip that arrives a second time, 0 to 1. */
  duplicateRate: number;
  /** Gossip that is held up and overtaken, 0 to 1, and for how long at most. */
  reorderRate: number;
  reorderMs: number;
}

const CALM: Readonly<LinkFaults> = {
  minDelayMs: 0.2,
  maxDelayMs: 2,
  lossRate: 0,
  duplicateRate: 0,
  reorderRate: 0,
  reorderMs: 0,
};

export class SimNetwork {
  readonly time: VirtualTime;
  readonly random: SeededRandom;
  readonly faults: LinkFaults = { ...CALM };
  /**
   * Messages travel as bytes, by the real codec: slow, and what cannot travel or is shared with the sender is found.
   * Otherwise the receiver is handed the sender's own objects. The story is the same.
   */
  carriesBytes = false;
  /** Messages that travel as objects are frozen: whoever changes what was sent or received breaks at that place. */
  freezesObjects = false;
  /** How often it was calmed: what was to happen in an earlier era is off. */
  era = 0;
  /** In the order of their coming. */
  readonly #nodes = new Map<MachineId, SimTransport>();
  readonly #links = new Map<MachineId, Map<MachineId, SimLink>>();
  readonly #dark = new Set<MachineId>();
  readonly #watchers: (() => void)[] = [];

  constructor(time: VirtualTime, random: SeededRandom) {
    this.time = time;
    this.random = random;
  }

  attach(node: SimTransport): void {
    this.#nodes.set(node.self, node);
    this.#dark.delete(node.self);
  }

  detach(node: SimTransport): void {
    if (this.#nodes.get(node.self) === node) this.#nodes.delete(node.self);
  }

  /** The host itself is off or asleep, not only its agent: nothing reaches it, and nobody answers with a refusal. */
  darken(id: MachineId): void {
    this.#dark.add(id);
  }

  /** The host answers again. */
  lighten(id: MachineId): void {
    this.#dark.delete(id);
  }

  isDark(id: MachineId): boolean {
    return this.#dark.has(id);
  }

  node(id: MachineId): SimTransport | undefined {
    return this.#nodes.get(id);
  }

  nodes(): IterableIterator<SimTransport> {
    return this.#nodes.values();
  }

  /** The link of one direction. The same object for ever. */
  link(from: MachineId, to: MachineId): SimLink {
    let links = this.#links.get(from);
    if (links === undefined) this.#links.set(from, (links = new Map<MachineId, SimLink>()));
    let link = links.get(to);
    if (link === undefined) links.set(to, (link = new SimLink()));
    return link;
  }

  /** Cuts both directions between each of `left` and each of `right`; for a while, or until told otherwise. */
  split(left: readonly MachineId[], right: readonly MachineId[], cut?: Cut): void {
    for (const a of left) {
      for (const b of right) {
        this.#cut(a, b, cut);
        this.#cut(b, a, cut);
      }
    }
    this.#changed();
  }

  /** Loses what `from` sends to `to`. */
  cut(from: MachineId, to: MachineId, cut?: Cut): void {
    this.#cut(from, to, cut);
    this.#changed();
  }

  /** Every link is whole; slow and lossy ones stay so. */
  heal(): void {
    for (const links of this.#links.values()) for (const link of links.values()) link.heal();
    this.#changed();
  }

  /** Every link is as it was in the beginning. */
  calm(): void {
    this.era += 1;
    Object.assign(this.faults, CALM);
    for (const links of this.#links.values()) for (const link of links.values()) link.restore();
    this.#changed();
  }

  /** Breaks the connection of two machines, both sides hear of it, and what was under way is lost. */
  breakStream(a: MachineId, b: MachineId): void {
    this.#nodes.get(a)?.breakWith(b);
    this.#nodes.get(b)?.breakWith(a);
  }

  passes(from: MachineId, to: MachineId): boolean {
    const link = this.#links.get(from)?.get(to);
    return link === undefined || link.passes(this.time.now);
  }

  /** True when a link is whole, nearly clean, and quick: who cannot do with such a link is to blame. */
  isGood(link: SimLink): boolean {
    if (!link.passes(this.time.now)) return false;
    const { maxDelayMs } = link.delayAt(this.time.now) ?? this.faults;
    return maxDelayMs <= GOOD_DELAY_MS && link.lossRateAt(this.time.now) + this.faults.lossRate <= GOOD_LOSS_RATE;
  }

  /** Is called whenever a link was cut, or all were healed. A cut that ends by itself is not told. */
  watch(watcher: () => void): void {
    this.#watchers.push(watcher);
  }

  /** Of one packet over a link. */
  delayMs(link?: SimLink): number {
    const { minDelayMs, maxDelayMs }: DelayRange = link?.delayAt(this.time.now) ?? this.faults;
    return minDelayMs + this.random.fraction() * (maxDelayMs - minDelayMs);
  }

  /** Is one packet over a link lost? */
  loses(link: SimLink): boolean {
    const rate = link.lossRateAt(this.time.now) + this.faults.lossRate;
    return rate > 0 && this.random.fraction() < rate;
  }

  #cut(from: MachineId, to: MachineId, cut: Cut | undefined): void {
    if (from === to) return;
    if (cut === undefined) this.link(from, to).cut();
    else this.link(from, to).cutFor(this.time.now, cut);
  }

  #changed(): void {
    for (const watcher of this.#watchers) watcher();
  }
}

const GOOD_DELAY_MS = 50;
const GOOD_LOSS_RATE = 0.05;
