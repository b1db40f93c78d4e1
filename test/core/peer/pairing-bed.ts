/** A simulated cluster and machines beside it, for tests of pairing and invitations. */
import type { CommandKind, CommandOf, PairingValue } from '../../../core/peer/commands.ts';
import type { AskedPairingView, OwnPairingView } from '../../../core/peer/peer-view.ts';
import { createSigner } from '../../../core/adapters/keys/ed25519.ts';
import type { MachineId } from '../../../core/domain/ids.ts';
import type { TransportHandlers } from '../../../core/ports/transport.ts';
import type { JoinAnswer, JoinRequest } from '../../../core/protocol/messages.ts';
import type { AppError } from '../../../core/std/app-error.ts';
import type { Result } from '../../../core/std/result.ts';
import { SimCluster } from '../../simulator/sim-cluster.ts';
import type { SimNetwork } from '../../simulator/sim-network.ts';
import { SimTransport } from '../../simulator/sim-transport.ts';

export interface Stranger {
  readonly id: MachineId;
  readonly address: string;
  /** Asks a member anything. */
  say(member: number, request: JoinRequest): Promise<JoinAnswer>;
}

class StrangerTransport extends SimTransport {
  readonly #at: string | undefined;

  constructor(network: SimNetwork, self: MachineId, at: string | undefined) {
    super(network, self);
    this.#at = at;
  }

  override addresses(): readonly string[] {
    return this.#at === undefined ? super.addresses() : [this.#at];
  }
}

export class PairingBed {
  readonly cluster: SimCluster;

  private constructor(cluster: SimCluster) {
    this.cluster = cluster;
  }

  /** Two admins (0 and 1) in a cluster, and two machines that belong to none (2 and 3). */
  static async form(): Promise<PairingBed> {
    const bed = new PairingBed(new SimCluster({ machines: 4, founders: 2 }));
    await bed.cluster.form();
    // Until the invitation by which it was formed has expired.
    await bed.cluster.run(60_000);
    return bed;
  }

  addressOf(index: number): string {
    return this.cluster.machine(index).peer.view.addresses[0] ?? '';
  }

  /** Asks, and resolves when both show digits. */
  ask(newcomer: number, member: number): Promise<PairingValue> {
    return this.cluster.command(newcomer, { kind: 'pair', to: this.addressOf(member) });
  }

  /** What the newcomer knows of its pairing. */
  own(newcomer: number): OwnPairingView | undefined {
    return this.cluster.machine(newcomer).peer.view.ownPairing;
  }

  /** What a member shows of those that ask it. */
  shown(member: number): readonly AskedPairingView[] {
    return this.cluster.machine(member).peer.view.pairings;
  }

  /** The code of a command that is refused; undefined when it is not. */
  async codeOf<K extends CommandKind>(index: number, command: CommandOf<K>): Promise<string | undefined> {
    const outcome = this.cluster.machine(index).peer.execute<K>(command);
    await this.cluster.run(5000);
    const result = await outcome;
    return result.ok ? undefined : result.error.code;
  }

  /**
   * A machine with a key of its own that keeps to no rules.
   * @param answer what it says to those that ask it
   * @param at where others see it, a multiaddr; by default each is somewhere else
   */
  async stranger(number: number, answer?: (request: JoinRequest) => JoinAnswer, at?: string): Promise<Stranger> {
    const { self } = createSigner(new Uint8Array(32).fill(number));
    const transport = new StrangerTransport(this.cluster.network, self, at);
    const handlers: TransportHandlers = {
      connected: () => undefined,
      disconnected: () => undefined,
      message: () => undefined,
      heartbeat: () => undefined,
      discovered: () => undefined,
      dialFailed: () => undefined,
      offence: () => undefined,
      joinRequest: (_from, request) =>
        Promise.resolve(answer?.(request) ?? { type: 'refused', code: 'BUSY', message: 'not now' }),
    };
    await transport.start(handlers);
    return {
      id: self,
      address: transport.addresses()[0] ?? '',
      say: async (member, request) => {
        const outcomes: Result<JoinAnswer, AppError>[] = [];
        const inviter = this.cluster.machine(member).id;
        void transport
          .requestJoin(inviter, [this.addressOf(member)], request)
          .then((outcome) => outcomes.push(outcome));
        for (let waited = 0; waited < 11_000 && outcomes.length === 0; waited += 50) await this.cluster.run(50);
        const [outcome] = outcomes;
        if (outcome?.ok !== true) throw new Error(outcome?.error.message ?? 'no answer came');
        return outcome.value;
      },
    };
  }

  /** Names in the roster, as a machine sees it. */
  names(seenBy: number): string[] {
    return this.cluster
      .machine(seenBy)
      .peer.view.machines()
      .map(({ entry }) => entry.name)
      .sort();
  }
}
