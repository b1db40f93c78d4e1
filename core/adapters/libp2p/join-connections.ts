/**
 * The connections on which this machine asks to join. Whom it asks may be a member as far as it knows, while it is none
 * any more to that one: a control stream on such a connection would be refused, and what ends a refused stream would end
 * the question. So they belong to whoever asks, and are no part of a link.
 *
 * Which dial a connection comes of is known when the dial is over. What opens until then is held back, and handed on when
 * it turns out to be of another dial.
 */
import type { Connection } from '@libp2p/interface';
import type { MachineId } from '../../domain/ids.ts';

interface Pending {
  dials: number;
  readonly held: Set<Connection>;
}

/** The library may join a dial to one of the same machine that is hardly over: so often it is tried again. */
const ATTEMPTS = 3;

export class JoinConnections {
  readonly #pending = new Map<MachineId, Pending>();
  readonly #handOn: (connection: Connection) => void;

  /** @param handOn what was held back and is of no question. */
  constructor(handOn: (connection: Connection) => void) {
    this.#handOn = handOn;
  }

  /** A connection opened: true when nothing else is to be done with it for now. */
  holds(machine: MachineId, connection: Connection): boolean {
    const pending = connection.direction === 'outbound' ? this.#pending.get(machine) : undefined;
    pending?.held.add(connection);
    return pending !== undefined;
  }

  /** A connection that nothing else uses, as far as the library gives one; rejects as `open` does. */
  async dial(machine: MachineId, open: () => Promise<Connection>): Promise<Connection> {
    const pending = this.#pending.get(machine) ?? { dials: 0, held: new Set() };
    this.#pending.set(machine, pending);
    pending.dials += 1;
    try {
      let connection = await open();
      for (let attempt = 1; attempt < ATTEMPTS && !pending.held.has(connection); attempt += 1) {
        await new Promise(setImmediate);
        connection = await open();
      }
      pending.held.delete(connection);
      return connection;
    } finally {
      pending.dials -= 1;
      if (pending.dials === 0) {
        this.#pending.delete(machine);
        for (const connection of pending.held) this.#handOn(connection);
      }
    }
  }
}
