/**
 * Gossip in the simulated network: like a mesh of neighbours over the connections that there are. It may be lost,
 * doubled and overtaken, and a third machine bridges a cut between two.
 */
import type { MachineId } from '../../core/domain/ids.ts';
import { encodeHeartbeat } from '../../core/protocol/codec.ts';
import type { Heartbeat } from '../../core/protocol/messages.ts';
import type { SimConnection } from './sim-connection.ts';
import type { SimNetwork } from './sim-network.ts';

/** A machine that takes part. */
export interface Gossiper {
  readonly self: MachineId;
  trusts(id: MachineId): boolean;
  connectionTo(id: MachineId): SimConnection | undefined;
  /** A heartbeat has arrived, as an object or as the bytes of one. */
  hear(from: MachineId, heartbeat: Heartbeat | Uint8Array): void;
  /** Something has arrived that its sender should not have sent. */
  countBad(from: MachineId, reason: string): void;
}

/** What of a copy may go wrong besides being lost: it arrives a second time, so much later at most. */
const DOUBLED_WITHIN_MS = 1000;

/** Tells every other machine that trusts the sender and is trusted by it. @param members whom the sender trusts */
export function spreadHeartbeat(
  network: SimNetwork,
  from: Gossiper,
  members: ReadonlySet<MachineId>,
  heartbeat: Heartbeat,
): void {
  for (const node of network.nodes()) {
    if (node !== from && members.has(node.self) && node.trusts(from.self)) tell(network, from, node, heartbeat);
  }
}

function tell(network: SimNetwork, from: Gossiper, node: Gossiper, heartbeat: Heartbeat): void {
  const { faults, random, time } = network;
  const connection = from.connectionTo(node.self);
  const link = connection?.out ?? network.link(from.self, node.self);
  const direct = connection?.pair.open === true && link.passes(time.now);
  if (!direct && !isBridged(network, from, node)) return;
  if (network.loses(link)) return;
  let delayMs = network.delayMs(link) * (direct ? 1 : 2);
  if (faults.reorderRate > 0 && random.fraction() < faults.reorderRate) {
    delayMs += random.fraction() * faults.reorderMs;
  }
  const told = network.carriesBytes ? encodeHeartbeat(heartbeat) : heartbeat;
  const arrive = (): void => {
    if (network.isDark(node.self)) return;
    // The real transport looks at the signature.
    if (heartbeat.from !== from.self) node.countBad(from.self, 'a heartbeat is not signed by its author');
    // What a removed machine says is dropped at the door, whenever it was sent.
    else if (node.trusts(heartbeat.from)) node.hear(from.self, told);
  };
  time.after(delayMs, arrive);
  if (faults.duplicateRate > 0 && random.fraction() < faults.duplicateRate) {
    time.after(delayMs + random.fraction() * DOUBLED_WITHIN_MS, arrive);
  }
}

/** Through whoever is connected with both: a cut between two is bridged by a third. */
function isBridged(network: SimNetwork, from: Gossiper, to: Gossiper): boolean {
  for (const via of network.nodes()) {
    if (via === from || via === to || !areNeighbours(from, via) || !areNeighbours(via, to)) continue;
    if (network.passes(from.self, via.self) && network.passes(via.self, to.self)) return true;
  }
  return false;
}

/** Gossip goes over connections that there are. */
function areNeighbours(one: Gossiper, other: Gossiper): boolean {
  return one.connectionTo(other.self)?.pair.open === true;
}
