/**
 * Who may do what. Members (and only they) get the control and gossip protocols. Everybody else is a stranger: let past the
 * handshake at a limited rate, few at once, for a short time, and offered the join protocol alone. A member that was cut
 * off for what it sent gets nothing for a while.
 */
import type { Connection, ConnectionGater, MultiaddrConnection, PeerId } from '@libp2p/interface';
import type { MachineId } from '../../domain/ids.ts';
import type { Logger } from '../../ports/logger.ts';
import { NETWORK } from './network-limits.ts';
import { StrangerPlaces } from './stranger-places.ts';

export class MemberGate {
  #members: ReadonlySet<MachineId> = new Set();
  /** Of members alone, so there are no more than those. */
  readonly #bars = new Map<MachineId, { readonly untilMs: number; readonly durationMs: number }>();
  readonly #strangers = new Map<Connection, NodeJS.Timeout>();
  readonly #places = new StrangerPlaces<Connection>();
  readonly #logger: Logger;
  readonly #placeRefused: (machine: MachineId, remoteAddress: string) => void;

  /** @param placeRefused told of each stranger that is sent away because there have been too many */
  constructor(logger: Logger, placeRefused: (machine: MachineId, remoteAddress: string) => void) {
    this.#logger = logger;
    this.#placeRefused = placeRefused;
  }

  isMember(machine: string): boolean {
    return this.#members.has(machine as MachineId);
  }

  /** True while a member is refused because of what it sent. */
  isBarred(machine: string): boolean {
    const bar = this.#bars.get(machine as MachineId);
    return bar !== undefined && performance.now() < bar.untilMs;
  }

  /** May it open the protocols of members? */
  isWelcome(machine: MachineId): boolean {
    return this.isMember(machine) && !this.isBarred(machine);
  }

  /** Refuses a member for a while: each time twice as long, until it has kept quiet for the longest. */
  bar(machine: MachineId): void {
    const now = performance.now();
    const before = this.#bars.get(machine);
    const isOld = before === undefined || now - before.untilMs > NETWORK.barredMaxMs;
    const durationMs = isOld ? NETWORK.barredMs : Math.min(NETWORK.barredMaxMs, before.durationMs * 2);
    this.#bars.set(machine, { untilMs: now + durationMs, durationMs });
  }

  /** Takes the new set; who came in and who went out by it. */
  replace(members: ReadonlySet<MachineId>): { added: MachineId[]; removed: MachineId[] } {
    const before = this.#members;
    this.#members = new Set(members);
    for (const machine of this.#bars.keys()) if (!members.has(machine)) this.#bars.delete(machine);
    return {
      added: [...members].filter((machine) => !before.has(machine)),
      removed: [...before].filter((machine) => !members.has(machine)),
    };
  }

  /** For libp2p: asked as soon as the handshake has proved who the other side is. True refuses. */
  readonly connectionGater: ConnectionGater = {
    denyInboundEncryptedConnection: (peer: PeerId, { remoteAddr }: MultiaddrConnection) => {
      if (this.isBarred(peer.toString())) return true;
      if (this.isMember(peer.toString()) || this.#places.admits(remoteAddr.toString(), performance.now())) return false;
      this.#placeRefused(peer.toString() as MachineId, remoteAddr.toString());
      return true;
    },
  };

  /** Takes note of a new inbound connection of a stranger, which ends in any case after `NETWORK.strangerMs`. */
  watchStranger(connection: Connection): void {
    const dropped = this.#places.take(connection, connection.remoteAddr.toString());
    if (dropped === undefined) {
      this.#logger.log('debug', 'too many strangers are connected', { peer: connection.remotePeer.toString() });
      connection.abort(new Error('too many strangers'));
      this.#placeRefused(connection.remotePeer.toString() as MachineId, connection.remoteAddr.toString());
      return;
    }
    for (const other of dropped) this.#giveWay(other);
    const timer = setTimeout(() => {
      this.forget(connection);
      if (!this.isMember(connection.remotePeer.toString())) connection.abort(new Error('no member'));
    }, NETWORK.strangerMs);
    timer.unref();
    this.#strangers.set(connection, timer);
  }

  /** Forgets a connection that is closed. */
  forget(connection: Connection): void {
    clearTimeout(this.#strangers.get(connection));
    this.#strangers.delete(connection);
    this.#places.leave(connection);
  }

  stop(): void {
    for (const timer of this.#strangers.values()) clearTimeout(timer);
    this.#strangers.clear();
  }

  /** Its place is needed for a stranger of an address that holds fewer. */
  #giveWay(connection: Connection): void {
    this.forget(connection);
    if (!this.isMember(connection.remotePeer.toString())) connection.abort(new Error('others wait for its place'));
  }
}
