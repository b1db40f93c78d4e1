/** A machine of its own for each flood: properly let in, and hostile from then on. */
import { randomBytes } from 'node:crypto';
import { createSigner, machineIdOfSeed } from '../../../core/adapters/keys/ed25519.ts';
import type { ClusterId, MachineId, RunId, TaskId } from '../../../core/domain/ids.ts';
import type { Role } from '../../../core/domain/machine.ts';
import type { Signer } from '../../../core/ports/signer.ts';
import { encodePeerMessage } from '../../../core/protocol/codec.ts';
import { frameWhole } from '../../../core/protocol/frames.ts';
import type { JoinRequest } from '../../../core/protocol/messages.ts';
import { sealHeartbeat } from '../../../core/security/sealed-heartbeat.ts';
import { heartbeatOf } from '../../conformance/transport-messages.ts';
import { createHostileNode, type HostileNode, type Reachable } from '../../adapters/hostile-node.ts';
import { floodKinds, recordPages } from './flood-kinds.ts';
import { admit, flood, floodGossip, floodJoins, type FloodReport, gossipTogether } from './flooder.ts';

/** An agent, as far as a flood has to know it. */
export interface FloodVictim {
  readonly id: MachineId;
  /** Multiaddrs. */
  readonly addresses: readonly string[];
  /** The token of an invitation. */
  invite(roles: Role[]): Promise<string>;
}

/** What the victim has that can be asked for. */
export interface FloodGoods {
  readonly taskId: TaskId;
  /** A run with output. */
  readonly runId: RunId;
  /** A log with large records. */
  readonly recorder: MachineId;
}

/** A flood that is ready. @param durationMs how long */
export type Flood = (durationMs: number) => Promise<FloodReport>;

const GOSSIP = 'heartbeat';
const NEWCOMER = { name: 'flood', labels: {}, addresses: [] };
const JOINS: Readonly<Record<string, JoinRequest>> = {
  'join-request': { type: 'join-request', secret: new Uint8Array(32).fill(1), ...NEWCOMER },
  'join-hello': { type: 'join-hello' },
  'pair-ask': { type: 'pair-ask', commitment: new Uint8Array(32), ...NEWCOMER },
};
const LOG_PAGES = { pages: 8, perPage: 50, resultBytes: 16_000 };

/** Everything that can be flooded. */
export const FLOODS: readonly string[] = [
  ...floodKinds({
    signer: createSigner(new Uint8Array(32)),
    ...{ victim: '' as MachineId, taskId: '' as TaskId, runId: '' as RunId, recorder: '' as MachineId },
  }).keys(),
  GOSSIP,
  ...Object.keys(JOINS),
];

export class FloodAttacker {
  readonly signer: Signer;
  readonly #node: HostileNode;
  readonly #to: Reachable;
  readonly #victim: FloodVictim;
  readonly #clusterId: ClusterId;

  private constructor(signer: Signer, node: HostileNode, to: Reachable, victim: FloodVictim, clusterId: ClusterId) {
    this.signer = signer;
    this.#node = node;
    this.#to = to;
    this.#victim = victim;
    this.#clusterId = clusterId;
  }

  /** Let in with these roles. */
  static async admitted(
    victim: FloodVictim,
    name: string,
    roles: Role[] = ['editor', 'executor'],
  ): Promise<FloodAttacker> {
    const seed = seedBelow(victim.id);
    const node = await createHostileNode(seed);
    const to = { transport: { addresses: () => victim.addresses } };
    const token = await victim.invite(roles);
    const clusterId = await admit(node, to, token, `flood ${name.replaceAll(/[^a-z]+/g, ' ')}`);
    return new FloodAttacker(createSigner(seed), node, to, victim, clusterId);
  }

  /** Gives the victim a log of large records, so that there is something to pull; resolves when they are sent. */
  async fillLog(): Promise<void> {
    const { pages, perPage, resultBytes } = LOG_PAGES;
    const stream = await this.#node.controlStream(this.#to);
    for (const page of recordPages(this.signer, pages, perPage, resultBytes)) {
      if (!stream.send(frameWhole(encodePeerMessage(page), 'bulk'))) await stream.onDrain();
    }
  }

  /** Hands on so many heartbeats in the victim's name at once, as many in an exchange as may be. */
  async forgeHeartbeats(count: number): Promise<void> {
    const forged = Array.from({ length: count }, (_, sequence) =>
      sealHeartbeat(this.signer, { ...heartbeatOf(this.#victim.id, sequence), clusterId: this.#clusterId }),
    );
    await gossipTogether(this.#node, this.#to, forged);
  }

  /** Makes a flood ready, since signing takes a while. */
  floodBy(name: string, goods: FloodGoods): Flood {
    const [node, to] = [this.#node, this.#to];
    if (name === GOSSIP) return (ms) => floodGossip(node, to, this.signer, this.#clusterId, ms);
    const request = JOINS[name];
    if (request !== undefined) return (ms) => floodJoins(node, to, request, ms);
    const frameOf = floodKinds({ signer: this.signer, victim: this.#victim.id, ...goods }).get(name)?.();
    if (frameOf === undefined) throw new Error(`no flood is called ${name}`);
    return (ms) => flood(node, to, frameOf, ms);
  }

  stop(): Promise<void> {
    return this.#node.stop();
  }
}

/** Of two machines the one with the smaller id opens the control stream: this key is one of such a machine. */
function seedBelow(id: string): Uint8Array {
  for (;;) {
    const seed = randomBytes(32);
    if (machineIdOfSeed(seed) < id) return seed;
  }
}
