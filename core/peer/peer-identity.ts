/** Who a peer is, as its host says when it makes it. */
import type { MachineId } from '../domain/ids.ts';
import type { MachineFacts } from '../domain/machine.ts';

/** What a peer is told once, when it is made. */
export interface PeerIdentity {
  readonly self: MachineId;
  /** Its name in the roster of a cluster that it creates or joins. */
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly version: string;
  readonly facts: MachineFacts;
  /** Names this start of the machine; absent where nobody can tell one start from the next. */
  readonly bootId?: string | undefined;
  /** X25519 public key to which secrets for this machine are sealed; base64url. */
  readonly sealingKey: string;
  /** Multiaddrs (each with /p2p/…) to dial whether or not the machine is known. */
  readonly seeds: readonly { readonly machine: MachineId; readonly addresses: readonly string[] }[];
}
