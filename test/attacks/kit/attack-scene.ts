/**
 * A real agent that is alone in its cluster, and hostile machines around it, strangers or let in with some roles. What
 * the agent refuses must show in its audit log.
 */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect } from 'vitest';
import { machineIdOfSeed } from '../../../core/adapters/keys/ed25519.ts';
import type { AuditRecordOutput } from '../../../core/api/audit-log-schemas.ts';
import type { SealedChange } from '../../../core/document/document-protocol.ts';
import type { AuditAction } from '../../../core/domain/audit-record.ts';
import type { ClusterId, MachineId } from '../../../core/domain/ids.ts';
import type { Role } from '../../../core/domain/machine.ts';
import { type AgentBed, bedOfFile } from '../../integration/agent-bed.ts';
import type { AgentProcess } from '../../integration/agent-process.ts';
import { eventually } from '../../integration/eventually.ts';
import { HostileAuthor } from './hostile-author.ts';
import { HostilePeer } from './hostile-peer.ts';
import type { HostileVoice } from './hostile-voice.ts';

const TRACE_MS = 8000;

/** What is looked for in the audit log. */
export interface Trace {
  readonly action: AuditAction;
  /** The machine that tried it. */
  readonly by?: MachineId;
  /** Part of the subject or the detail. */
  readonly text?: string;
}

/** A member that keeps to no rule: its key, its stream, and an author that builds on the agent's document. */
export interface HostileMember {
  readonly peer: HostilePeer;
  readonly voice: HostileVoice;
  readonly author: HostileAuthor;
  /** What it knew when it began. */
  readonly past: readonly SealedChange[];
}

export class AttackScene {
  readonly bed: AgentBed;
  readonly agent: AgentProcess;
  readonly #hostiles: HostilePeer[] = [];
  #counter = 0;

  constructor(bed: AgentBed, agent: AgentProcess) {
    this.bed = bed;
    this.agent = agent;
  }

  get addresses(): readonly string[] {
    return this.agent.ready.addresses;
  }

  /** A machine that nobody knows. */
  async stranger(seed?: Uint8Array): Promise<HostilePeer> {
    const peer = await HostilePeer.create(seed);
    this.#hostiles.push(peer);
    return peer;
  }

  /** A machine that was let in with these roles, and holds the document as it is now. */
  async member(...roles: readonly Role[]): Promise<HostileMember> {
    const peer = await this.stranger(seedBelow(this.agent.id));
    const { token } = await this.agent.client.cluster.invite({ roles: [...roles] });
    this.#counter += 1;
    const welcome = await peer.joinBy(token, `hostile ${this.#counter}`);
    if (welcome?.type !== 'welcome') throw new Error(`not let in: ${JSON.stringify(welcome)}`);
    return this.armed(peer, welcome.clusterId);
  }

  /** The stream and the author of a machine that is a member already. */
  async armed(peer: HostilePeer, clusterId: ClusterId): Promise<HostileMember> {
    const voice = await eventually(async () => {
      const opened = await peer.control(this.addresses);
      if (opened === undefined) throw new Error('the control stream is refused');
      return opened;
    });
    const past = await documentOf(voice);
    const actor = randomBytes(16).toString('hex');
    const author = new HostileAuthor({ signer: peer.signer, clusterId, actor, past, at: Date.now() });
    return { peer, voice, author, past };
  }

  /** Sends changes, and resolves when the audit log says that they were rejected. */
  async expectRejected({ peer, voice }: HostileMember, changes: readonly SealedChange[], text?: string): Promise<void> {
    voice.say({ type: 'document-changes', changes: [...changes], more: false });
    await this.expectTrace({ action: 'change-rejected', by: peer.id, ...(text === undefined ? {} : { text }) });
  }

  /** Resolves with the record of the audit log that tells of the attack. */
  expectTrace(trace: Trace): Promise<AuditRecordOutput> {
    return eventually(async () => {
      const { records } = await this.audit(trace);
      const [found] = records;
      if (found === undefined) throw new Error(`the audit log has no ${JSON.stringify(trace)}`);
      return found;
    }, TRACE_MS);
  }

  audit({ action, by, text }: Trace): Promise<{ records: AuditRecordOutput[] }> {
    return this.agent.client.audit.list({
      action,
      ...(by === undefined ? {} : { machine: by }),
      ...(text === undefined ? {} : { text }),
    });
  }

  async stop(): Promise<void> {
    await Promise.all(this.#hostiles.map((hostile) => hostile.stop()));
  }
}

/** Of two machines the one with the smaller id opens the control stream: this key is one of such a machine. */
function seedBelow(id: string): Uint8Array {
  for (;;) {
    const seed = randomBytes(32);
    if (machineIdOfSeed(seed) < id) return seed;
  }
}

/** One scene for a test file. */
export function sceneOfFile(): AttackScene {
  const bed = bedOfFile();
  const scene = new AttackScene(bed, bed.add('agent'));
  beforeAll(async () => {
    await scene.agent.start();
    await scene.agent.client.cluster.create({ name: 'fortress' });
  }, 90_000);
  afterAll(async () => {
    expect(scene.agent.running, 'the agent has lived through all of it').toBe(true);
    await scene.stop();
  });
  return scene;
}

async function documentOf(voice: HostileVoice): Promise<SealedChange[]> {
  voice.say({ type: 'document-vector', vector: {}, wantsAnswer: true });
  const { changes } = await voice.answer('document-changes', (message) => message.changes.length > 0);
  return changes;
}
