/**
 * A real peer in the process of the test: real libp2p, database and document thread, but what it holds in memory can be
 * counted at any moment. For attacks that try to make it hold more than it may.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { startPeer } from '../../../core/adapters/compose.ts';
import { AUDIT, LIMITS } from '../../../core/config/constants.ts';
import type { AuditRecord } from '../../../core/domain/audit-record.ts';
import type { MachineId } from '../../../core/domain/ids.ts';
import { OPEN_POLICY } from '../../../core/domain/local-policy.ts';
import type { Role } from '../../../core/domain/machine.ts';
import { Peer } from '../../../core/peer/peer.ts';
import type { PeerSizes } from '../../../core/peer/peer-sizes.ts';
import { quietLogger } from '../../fakes/quiet-logger.ts';
import { eventually } from '../../integration/eventually.ts';
import { endLeftovers } from '../../integration/own-processes.ts';
import type { FloodVictim } from './flood-attacker.ts';

const LOOK_EVERY_MS = 2;
const INVITED_MS = 600_000;
const AUDIT_ROWS = 100;

/** The most of each that a member in foreign hands may make a peer hold. */
export const MOST: Readonly<Partial<Record<keyof PeerSizes, number>>> = {
  queuedEvents: LIMITS.eventQueue,
  grants: LIMITS.grantsPerClaimant + LIMITS.slots,
  activeRuns: LIMITS.activeRunsPerMachine + LIMITS.slots,
  openOccurrencesOfOneTask: LIMITS.openOccurrencesPerTask,
  recentAttempts: 50_000,
  probesForOthers: 256,
  probesThroughOthers: 256,
  logVector: LIMITS.runLogs,
  pulling: LIMITS.runLogs,
  auditVector: LIMITS.runLogs,
  auditBehind: LIMITS.runLogs,
  auditWindows: 2 * AUDIT.sources,
  applying: LIMITS.machinesPerCluster,
  outputsKept: LIMITS.outputCopiesPerPeer,
  outputQuests: LIMITS.requestsAtOnce,
  waitingRequests: LIMITS.requestsAtOnce,
  waitingJoins: LIMITS.requestsAtOnce,
  joining: LIMITS.requestsAtOnce,
  pairings: LIMITS.pairings,
  nearby: LIMITS.nearbyMachines,
  strangerTries: LIMITS.wrongTokens + 2 * LIMITS.pairingAsks + 2 * LIMITS.pairingsInAll,
  addressBook: LIMITS.machinesPerCluster,
  unstoredWrites: 20_000,
};

export class WatchedPeer implements FloodVictim {
  readonly peer: Peer;
  readonly #dataFolder: string;
  readonly #timer: NodeJS.Timeout;
  readonly #peaks = new Map<keyof PeerSizes, number>();

  private constructor(peer: Peer, dataFolder: string) {
    this.peer = peer;
    this.#dataFolder = dataFolder;
    this.#timer = setInterval(() => this.#look(), LOOK_EVERY_MS);
  }

  /** Starts it on loopback, alone in a new cluster. */
  static async found(): Promise<WatchedPeer> {
    const dataFolder = mkdtempSync(join(tmpdir(), 'carillon-watched-'));
    const started = await startPeer({
      dataFolder,
      name: 'watched',
      labels: {},
      listen: ['/ip4/127.0.0.1/tcp/0'],
      peers: [],
      mdns: false,
      version: '0.0.0',
      logger: quietLogger,
      policy: { read: () => OPEN_POLICY },
    });
    if (!started.ok) throw new Error(started.error.message);
    if (!(started.value instanceof Peer)) throw new Error('what was started tells no sizes');
    const watched = new WatchedPeer(started.value, dataFolder);
    await eventually(() => expect(watched.peer.view.phase).not.toBe('opening'));
    const founded = await watched.peer.execute({ kind: 'create-cluster', name: 'watched' });
    if (!founded.ok) throw new Error(founded.error.message);
    return watched;
  }

  get id(): MachineId {
    return this.peer.view.self;
  }

  get addresses(): readonly string[] {
    return this.peer.view.addresses;
  }

  async invite(roles: Role[]): Promise<string> {
    const invited = await this.peer.execute({ kind: 'invite', roles, expiresMs: INVITED_MS });
    if (!invited.ok) throw new Error(invited.error.message);
    return invited.value.token;
  }

  /** Collections that have held more than they may since the start, and how much; those are none. */
  overfull(): string[] {
    this.#look();
    return [...this.#peaks]
      .filter(([name, peak]) => peak > (MOST[name] ?? Infinity))
      .map(([name, peak]) => `${peak} ${name}; the most is ${MOST[name]}`);
  }

  /** What its audit log says of a machine, newest first. */
  async auditOf(machine: MachineId): Promise<readonly AuditRecord[]> {
    return (await this.peer.runs.audit({ machineId: machine }, AUDIT_ROWS, undefined)).records;
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.peer.stop();
    endLeftovers(this.#dataFolder);
    rmSync(this.#dataFolder, { recursive: true, force: true });
  }

  #look(): void {
    for (const [name, size] of Object.entries(this.peer.sizes()) as [keyof PeerSizes, number][]) {
      this.#peaks.set(name, Math.max(size, this.#peaks.get(name) ?? 0));
    }
  }
}
