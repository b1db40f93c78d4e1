/**
 * Room for machines that are no members: few at once and few a minute, and of both a share for each address they come from,
 * since a key costs nothing and an address somewhat more. When all places are taken, the address that holds most gives one up
 * for one that holds none or fewer, so that a single flooder does not keep everybody else from joining.
 */
import { addressShare } from '../../security/stranger-address.ts';
import { NETWORK } from './network-limits.ts';

const MINUTE_MS = 60_000;

export class StrangerPlaces<Guest> {
  /** Oldest first. */
  readonly #guests = new Map<Guest, string>();
  /** Attempts within this minute, by share; no more of them than attempts in all. */
  readonly #attempts = new Map<string, number>();
  #attemptsInAll = 0;
  #minuteBeganMs = -Infinity;

  get size(): number {
    return this.#guests.size;
  }

  /** Counts an attempt; false: there have been too many, or its address holds all places that it may. @param nowMs monotonic */
  admits(address: string, nowMs: number): boolean {
    if (nowMs - this.#minuteBeganMs >= MINUTE_MS) {
      this.#minuteBeganMs = nowMs;
      this.#attempts.clear();
      this.#attemptsInAll = 0;
    }
    const share = addressShare(address);
    const own = this.#attempts.get(share) ?? 0;
    if (own >= NETWORK.strangerAttemptsPerAddress) return false;
    // What one address asks beyond its share is not counted against the others.
    if (this.#attemptsInAll >= NETWORK.strangerAttemptsPerMinute) return false;
    this.#attempts.set(share, own + 1);
    this.#attemptsInAll += 1;
    return this.#hasPlace(share);
  }

  /** Gives it a place. What must go for it; undefined: it gets none. */
  take(guest: Guest, address: string): readonly Guest[] | undefined {
    const share = addressShare(address);
    if (!this.#hasPlace(share)) return undefined;
    const dropped = this.#guests.size < NETWORK.strangerConnections ? undefined : this.#oldestOfMost();
    if (dropped !== undefined) this.#guests.delete(dropped);
    this.#guests.set(guest, share);
    return dropped === undefined ? [] : [dropped];
  }

  leave(guest: Guest): void {
    this.#guests.delete(guest);
  }

  #hasPlace(share: string): boolean {
    const own = this.#held(share);
    if (own >= NETWORK.strangerConnectionsPerAddress) return false;
    if (this.#guests.size < NETWORK.strangerConnections) return true;
    return this.#most() > own + 1;
  }

  #held(share: string): number {
    let held = 0;
    for (const each of this.#guests.values()) if (each === share) held += 1;
    return held;
  }

  #most(): number {
    return Math.max(0, ...[...this.#guests.values()].map((share) => this.#held(share)));
  }

  #oldestOfMost(): Guest | undefined {
    const most = this.#most();
    for (const [guest, share] of this.#guests) if (this.#held(share) === most) return guest;
    return undefined;
  }
}
