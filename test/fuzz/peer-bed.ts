/**
 * A simulated cluster of three under a storm: a fourth hand speaks with the voice of one of its machines, and every
 * message that the storm provokes must be one that the codec carries. Virtual time goes on between inputs, so that what
 * a message armed comes due as well.
 */
import type { MachineId } from '../../core/domain/ids.ts';
import type { RunRecord } from '../../core/domain/run.ts';
import { decodePeerMessage, encodePeerMessage } from '../../core/protocol/codec.ts';
import { LIMITS } from '../../core/config/constants.ts';
import type { PeerMessage } from '../../core/protocol/messages.ts';
import type { TaskDefinition } from '../../core/domain/task.ts';
import { signRecord } from '../../core/security/signed-record.ts';
import { record } from '../fakes/run-records.ts';
import { SimCluster, simTask } from '../simulator/sim-cluster.ts';
import type { Cast } from './corpus.ts';

/** Machine 0 is attacked; machine 1 is the voice that says anything; machine 2 is a good neighbour. */
export const VICTIM = 0;
export const VOICE = 1;

export class PeerBed {
  readonly cluster: SimCluster;
  readonly tasks: readonly TaskDefinition[];
  #faults: string[] = [];
  readonly #sent = new Map<PeerMessage['type'], number>();

  private constructor(cluster: SimCluster, tasks: readonly TaskDefinition[]) {
    this.cluster = cluster;
    this.tasks = tasks;
  }

  /** A formed cluster with tasks that run now and then, some of each guarantee. */
  static async form(seed: number): Promise<PeerBed> {
    const cluster = new SimCluster({ machines: 3, seed });
    await cluster.form();
    const tasks = [
      simTask('once', '*/20 * * * * *', { policy: { guarantee: 'at-most-once' } }),
      simTask('often', '*/10 * * * * *', { policy: { overlap: 'queue-all' } }),
      simTask('by-hand', undefined),
    ];
    await cluster.put(0, ...tasks);
    await cluster.run(25_000);
    const bed = new PeerBed(cluster, tasks);
    bed.#listenToVictim();
    return bed;
  }

  get victim(): MachineId {
    return this.cluster.machine(VICTIM).id;
  }

  get voice(): MachineId {
    return this.cluster.machine(VOICE).id;
  }

  /** Who and what the cluster knows. */
  async cast(): Promise<Cast> {
    const runs = await this.cluster.runs(VICTIM);
    return {
      clusterId: this.cluster.machine(VICTIM).peer.view.cluster?.id ?? '',
      machines: this.cluster.machines.map((machine) => machine.id),
      tasks: this.tasks.map((task) => task.id),
      occurrences: runs.map((run) => run.occurrenceId),
      runs: runs.map((run) => run.id),
    };
  }

  /** The record in the voice's log, signed by it. */
  signed(fields: Partial<RunRecord>): RunRecord {
    const { id, signer } = this.cluster.machine(VOICE);
    return signRecord(signer, record({ recorderId: id, machineId: id, ...fields }));
  }

  /** The victim hears a message of the voice. */
  say(message: PeerMessage): void {
    this.cluster.machine(VICTIM).peer.enqueue({ type: 'message', from: this.voice, message });
  }

  /** How many messages of a kind the victim has sent. */
  sent(type: PeerMessage['type']): number {
    return this.#sent.get(type) ?? 0;
  }

  /** What the victim has sent that no machine would understand; told once. */
  takeFaults(): readonly string[] {
    const faults = this.#faults;
    this.#faults = [];
    return faults;
  }

  /** Every message of the victim goes through the codec, as it does on a real network. */
  #listenToVictim(): void {
    const node = this.cluster.network.node(this.victim);
    if (node === undefined) throw new Error('the victim is on the network');
    const send = node.send.bind(node);
    node.send = (to, message) => {
      this.#sent.set(message.type, this.sent(message.type) + 1);
      const bytes = encodePeerMessage(message);
      const decoded = decodePeerMessage(bytes);
      const size = bytes.length > LIMITS.controlMessageBytes ? `it has ${bytes.length} bytes` : undefined;
      const fault = decoded.ok ? size : decoded.error;
      if (fault !== undefined) this.#faults.push(`${message.type} ${fault}`);
      return send(to, message);
    };
  }
}
