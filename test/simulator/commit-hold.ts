/**
 * What follows a commit waits until it is safe. The store's port returns at once, so on a slow disk its machine stands
 * still for as long as the commit takes, and whatever the commit was for (messages, launches, answers) is held back
 * meanwhile; it never happens when the machine dies before.
 */
import type { MachineId } from '../../core/domain/ids.ts';
import type { Heartbeat, PeerMessage } from '../../core/protocol/messages.ts';
import { Peer, type PeerOptions } from '../../core/peer/peer.ts';
import type { CommandKind, CommandOf, CommandValues } from '../../core/peer/commands.ts';
import type { AppError } from '../../core/std/app-error.ts';
import type { Result } from '../../core/std/result.ts';
import type { Notifier } from '../../core/ports/notifier.ts';
import type { Transport } from '../../core/ports/transport.ts';
import type { MemoryDisk } from '../fakes/memory-disk.ts';
import type { VirtualTime } from './virtual-time.ts';

export class CommitHold {
  readonly #disk: MemoryDisk;
  readonly #time: VirtualTime;
  readonly #isAlive: () => boolean;

  /** @param isAlive false once the life of the agent that commits is over. */
  constructor(disk: MemoryDisk, time: VirtualTime, isAlive: () => boolean) {
    this.#disk = disk;
    this.#time = time;
    this.#isAlive = isAlive;
  }

  /** True when nothing has to wait. */
  get isIdle(): boolean {
    return this.#disk.busyMs === 0;
  }

  /** Acts when the last commit is safe: at once, as a rule. */
  run(act: () => void): void {
    const { busyMs } = this.#disk;
    if (busyMs === 0) return act();
    this.#time.after(busyMs, () => {
      if (this.#isAlive()) act();
    });
  }
}

/** A peer whose answers wait for the commit that they depend on; who asked a machine that died waits for ever. */
export class HeldPeer extends Peer {
  readonly #hold: CommitHold;

  constructor(hold: CommitHold, options: PeerOptions) {
    super(options);
    this.#hold = hold;
  }

  override execute<K extends CommandKind>(command: CommandOf<K>): Promise<Result<CommandValues[K], AppError>> {
    return super.execute<K>(command).then((outcome) => {
      return new Promise((resolve) => {
        this.#hold.run(() => {
          resolve(outcome);
        });
      });
    });
  }
}

/** A transport whose messages wait for the commit that they depend on. */
export function holdTransport(inner: Transport, hold: CommitHold): Transport {
  const held = (act: () => void): void => {
    hold.run(act);
  };
  return {
    self: inner.self,
    start: (handlers) => inner.start(handlers),
    stop: () => inner.stop(),
    addresses: () => inner.addresses(),
    setMembers: (members: ReadonlySet<MachineId>) => {
      held(() => {
        inner.setMembers(members);
      });
    },
    dial: (machine, addresses) => {
      held(() => {
        inner.dial(machine, addresses);
      });
    },
    disconnect: (machine) => {
      held(() => {
        inner.disconnect(machine);
      });
    },
    send: (to, message) => {
      return hold.isIdle ? inner.send(to, message) : sendHeld(inner, hold, to, message);
    },
    publish: (heartbeat) => {
      if (hold.isIdle) inner.publish(heartbeat);
      else publishHeld(inner, hold, heartbeat);
    },
    requestJoin: (inviter, addresses, request) =>
      new Promise((resolve, reject) => {
        held(() => {
          inner.requestJoin(inviter, addresses, request).then(resolve, reject);
        });
      }),
  };
}

// Apart from the usual way, which has no need of what a function to be called later takes along.
function sendHeld(inner: Transport, hold: CommitHold, to: MachineId, message: PeerMessage): boolean {
  let sent = true;
  hold.run(() => {
    sent = inner.send(to, message);
  });
  return sent;
}

function publishHeld(inner: Transport, hold: CommitHold, heartbeat: Heartbeat): void {
  hold.run(() => {
    inner.publish(heartbeat);
  });
}

/** A notifier that sends nothing before the commit that it depends on. */
export function holdNotifier(inner: Notifier, hold: CommitHold): Notifier {
  return {
    send: (request) =>
      new Promise((resolve) => {
        hold.run(() => {
          resolve(inner.send(request));
        });
      }),
  };
}
