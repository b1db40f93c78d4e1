/**
 * Many machines of nobody, each with a key of its own, that dial one machine together: they hold places, ask for every
 * protocol there is, guess at invitations and begin pairings. What they were told is counted.
 */
import type { Connection } from '@libp2p/interface';
import { encodeHello } from '../../../core/protocol/codec.ts';
import { frameWhole } from '../../../core/protocol/frames.ts';
import type { JoinAnswer, JoinRequest } from '../../../core/protocol/messages.ts';
import { ownHello, PROTOCOLS } from '../../../core/protocol/versions.ts';
import type { MachineId } from '../../../core/domain/ids.ts';
import { commitmentOf } from '../../../core/security/pairing.ts';
import { HostilePeer } from './hostile-peer.ts';

/** What members speak, what libp2p's own machines do, and what this program may have spoken once. */
export const FORBIDDEN: readonly string[] = [
  PROTOCOLS.control,
  '/meshsub/1.1.0',
  '/meshsub/1.2.0',
  '/floodsub/1.0.0',
  '/ipfs/ping/1.0.0',
  '/carillon/join/1',
];

const NEWCOMER = { name: 'nobody', labels: {}, addresses: [] };
const NONCE = new Uint8Array(32).fill(7);
const WRONG_SECRET = new Uint8Array(32).fill(1);

/** What a crowd was told, all of its machines together. */
export interface CrowdReport {
  /** How often one of them tried to connect or to speak. */
  tries: number;
  /** Bytes that came back on protocols of members. */
  leakedBytes: number;
  /** Answers on the join protocol, by their type. */
  readonly answers: Map<JoinAnswer['type'], number>;
}

export class StrangerCrowd {
  readonly #peers: readonly HostilePeer[];

  private constructor(peers: readonly HostilePeer[]) {
    this.#peers = peers;
  }

  /** @param hosts addresses of this machine that they dial from, in turn */
  static async gather(count: number, hosts: readonly string[]): Promise<StrangerCrowd> {
    const peers = Array.from({ length: count }, (_, index) =>
      HostilePeer.create(undefined, hosts[index % hosts.length]),
    );
    return new StrangerCrowd(await Promise.all(peers));
  }

  get ids(): ReadonlySet<MachineId> {
    return new Set(this.#peers.map(({ id }) => id));
  }

  /** All dial at once and hold on to what they get; the connections that came up. */
  async hold(addresses: readonly string[]): Promise<Connection[]> {
    const dials = await Promise.allSettled(this.#peers.map((peer) => peer.connect(addresses)));
    return dials.flatMap((dial) => (dial.status === 'fulfilled' ? [dial.value] : []));
  }

  /** Each guesses at an invitation, begins a pairing, and asks for all that is for members; all at the same time. */
  async ask(addresses: readonly string[], asked: MachineId): Promise<CrowdReport> {
    const report: CrowdReport = { tries: 0, leakedBytes: 0, answers: new Map() };
    await Promise.all(this.#peers.map((peer) => askAll(peer, addresses, asked, report)));
    return report;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#peers.map((peer) => peer.stop()));
  }
}

async function askAll(peer: HostilePeer, addresses: readonly string[], asked: MachineId, report: CrowdReport) {
  const commitment = commitmentOf({ asker: peer.id, asked }, NONCE, 'asker');
  const requests: readonly JoinRequest[] = [
    { type: 'join-request', secret: WRONG_SECRET, ...NEWCOMER },
    { type: 'pair-ask', commitment, ...NEWCOMER },
    { type: 'pair-reveal', nonce: NONCE },
  ];
  for (const request of requests) {
    report.tries += 1;
    const answer = await peer.join(addresses, request).catch(() => undefined);
    if (answer !== undefined) report.answers.set(answer.type, (report.answers.get(answer.type) ?? 0) + 1);
  }
  const hello = frameWhole(encodeHello(ownHello([])), 'urgent');
  for (const protocol of FORBIDDEN) {
    report.tries += 1;
    const heard = await peer.speak(addresses, protocol, hello).catch(() => undefined);
    report.leakedBytes += heard?.answered.length ?? 0;
  }
}
