/**
 * One end of a simulated stream between two machines. Like TCP: in order, sent again after a loss with growing patience,
 * stalled when no acknowledgement comes back; and whoever goes on sending to an end that is gone is told so by a reset,
 * once that gets through. Who connects and closes is in `sim-transport`.
 */
import { LIMITS } from '../../core/config/constants.ts';
import type { MachineId } from '../../core/domain/ids.ts';
import type { Lane } from '../../core/protocol/frames.ts';
import { type Parcel, SimLane } from './sim-lane.ts';
import type { SimLink } from './sim-link.ts';
import type { SimNetwork } from './sim-network.ts';

/** What an end does for the machine that it is on. */
export interface StreamOwner {
  readonly self: MachineId;
  /** Something has arrived. */
  receive(from: MachineId, parcel: Parcel): void;
  /** This end of a stream is over. @param broken it was reset, nobody said goodbye */
  onEnded(connection: SimConnection, broken: boolean): void;
}

/** Patience of a stream before it sends again: the least and the most of Linux. */
const RETRANSMIT_MIN_MS = 200;
const RETRANSMIT_MAX_MS = 120_000;
/** What TCP sends before it must hear something: its initial window. */
const UNANSWERED_MAX = 10;

export class SimConnection {
  readonly to: MachineId;
  /** Of both ends. */
  readonly pair: { open: boolean };
  readonly out: SimLink;
  /** One of the connections of its machine; false once it was closed, broken or lost there. */
  isHeld = true;
  readonly #network: SimNetwork;
  readonly #owner: StreamOwner;
  readonly #other: StreamOwner;
  readonly #back: SimLink;
  readonly #urgent = new SimLane();
  readonly #bulk = new SimLane();
  /** When this end said goodbye; what had not left by then never does. */
  #endedMs = Infinity;
  #twin: SimConnection | undefined;
  /** Delivery keeps the order: nothing overtakes what has left before. */
  #lastArrivalMs = 0;
  /** The same for bulk that had to queue, which urgent messages overtake. */
  #lastBulkArrivalMs = 0;
  /** Patience before the next try, while something waits; 0 when nothing does. */
  #retryMs = 0;
  /** Delivered while no acknowledgement could come back. */
  #unanswered = 0;
  /** The other end is gone, and a reset is on its way here. */
  #resetting = false;

  constructor(network: SimNetwork, owner: StreamOwner, other: StreamOwner, pair: { open: boolean }) {
    this.#network = network;
    this.#owner = owner;
    this.#other = other;
    this.pair = pair;
    this.to = other.self;
    this.out = network.link(owner.self, other.self);
    this.#back = network.link(other.self, owner.self);
  }

  /** Makes both ends of a stream, the one of `one` first. */
  static pairOf(network: SimNetwork, one: StreamOwner, other: StreamOwner): [SimConnection, SimConnection] {
    const pair = { open: true };
    const near = new SimConnection(network, one, other, pair);
    const far = new SimConnection(network, other, one, pair);
    near.#twin = far;
    far.#twin = near;
    return [near, far];
  }

  /** False: it is too large, or too much waits already. */
  send(parcel: Parcel, name: Lane, sizeBytes: number): boolean {
    if (sizeBytes > LIMITS.controlMessageBytes) return false;
    const nowMs = this.#network.time.now;
    const lane = this.#lane(name);
    if (this.#isClear(nowMs)) {
      const queued = name === 'bulk' && !lane.isEmpty(nowMs);
      const leftMs = lane.pass(nowMs, sizeBytes);
      if (leftMs !== undefined) this.#carry(parcel, name, queued, leftMs);
      return leftMs !== undefined;
    }
    if (!lane.push(nowMs, parcel, sizeBytes)) return false;
    if (this.#retryMs === 0) this.#flush();
    return true;
  }

  /** Ends it from here: with a last word, after all that has left already; or with a reset, as a system does. */
  end(broken: boolean): void {
    const { time } = this.#network;
    this.#endedMs = time.now;
    // Into a cut link it is said in vain: the other side learns of it by its own silence, or when it sends.
    const isHeard = this.out.passes(time.now) && !this.#network.isDark(this.to);
    if (broken || !isHeard) this.pair.open = false;
    if (!isHeard) return;
    const arrivalMs = Math.max(this.#lastArrivalMs, time.now + this.#network.delayMs(this.out));
    time.after(arrivalMs - time.now, () => {
      this.pair.open = false;
      if (this.#twin !== undefined) this.#other.onEnded(this.#twin, broken);
    });
  }

  /** True when nothing holds up what is sent now: as a rule. */
  #isClear(nowMs: number): boolean {
    if (this.#retryMs !== 0 || this.#held() > 0 || !this.pair.open) return false;
    return this.out.passes(nowMs) && this.#isAnswered(nowMs) && !this.#network.isDark(this.to);
  }

  #held(): number {
    return this.#urgent.held + this.#bulk.held;
  }

  #lane(name: Lane): SimLane {
    return name === 'urgent' ? this.#urgent : this.#bulk;
  }

  /** Sends what is held up, urgent messages first, as far as the link lets it. */
  #flush(): void {
    const nowMs = this.#network.time.now;
    while (this.#held() > 0) {
      if (!this.out.passes(nowMs) || !this.#isAnswered(nowMs) || this.#network.isDark(this.to)) {
        return this.#waitLonger();
      }
      if (!this.pair.open) return this.#awaitReset();
      this.#sendNext(this.#urgent.held > 0 ? 'urgent' : 'bulk');
    }
    this.#retryMs = 0;
  }

  #sendNext(name: Lane): void {
    const nowMs = this.#network.time.now;
    const lane = this.#lane(name);
    const queued = name === 'bulk' && !lane.isEmpty(nowMs);
    const { parcel, leftMs } = lane.release(nowMs);
    this.#carry(parcel, name, queued, leftMs);
  }

  /** What has left at an instant arrives, sooner or later. @param queued it had to wait for what left before it */
  #carry(parcel: Parcel, name: Lane, queued: boolean, leftMs: number): void {
    const network = this.#network;
    const nowMs = network.time.now;
    let delayMs = network.delayMs(this.out);
    for (let retryMs = RETRANSMIT_MIN_MS; network.loses(this.out) && retryMs < RETRANSMIT_MAX_MS; retryMs *= 2) {
      delayMs += retryMs;
    }
    if (!this.#back.passes(nowMs)) this.#unanswered += 1;
    let arrivalMs = Math.max(this.#lastArrivalMs, leftMs + delayMs);
    if (name === 'bulk') {
      arrivalMs = Math.max(this.#lastBulkArrivalMs, arrivalMs);
      this.#lastBulkArrivalMs = arrivalMs;
    }
    // What still queues is overtaken by urgent messages; what was lost and is sent again holds up all that follows.
    if (!queued || delayMs >= RETRANSMIT_MIN_MS) this.#lastArrivalMs = arrivalMs;
    if (queued) this.#arriveUnlessEnded(parcel, leftMs, arrivalMs - nowMs);
    else this.#arrive(parcel, arrivalMs - nowMs);
  }

  #arrive(parcel: Parcel, delayMs: number): void {
    this.#network.time.after(delayMs, () => {
      if (this.pair.open && this.#twin?.isHeld === true) this.#other.receive(this.#owner.self, parcel);
    });
  }

  /** What was queued and had not left when this end said goodbye never arrives. */
  #arriveUnlessEnded(parcel: Parcel, leftMs: number, delayMs: number): void {
    this.#network.time.after(delayMs, () => {
      if (!this.pair.open || leftMs > this.#endedMs) return;
      if (this.#twin?.isHeld === true) this.#other.receive(this.#owner.self, parcel);
    });
  }

  /** Without acknowledgements a stream stalls after its first window. */
  #isAnswered(nowMs: number): boolean {
    if (this.#back.passes(nowMs)) this.#unanswered = 0;
    return this.#unanswered < UNANSWERED_MAX;
  }

  #waitLonger(): void {
    this.#retryMs = this.#retryMs === 0 ? RETRANSMIT_MIN_MS : Math.min(RETRANSMIT_MAX_MS, this.#retryMs * 2);
    this.#network.time.after(this.#retryMs, () => {
      if (this.isHeld) this.#flush();
    });
  }

  /** What is sent to an end that is gone is answered by its system with a reset. */
  #awaitReset(): void {
    if (this.#resetting) return;
    this.#resetting = true;
    this.#network.time.after(this.#network.delayMs(this.out) + this.#network.delayMs(this.#back), () => {
      this.#resetting = false;
      if (this.#back.passes(this.#network.time.now)) this.#owner.onEnded(this, true);
      else if (this.isHeld) this.#waitLonger();
    });
  }
}
