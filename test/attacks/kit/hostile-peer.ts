/**
 * A libp2p node that has a key of its own and speaks every protocol raw, as a stranger or as a member that was let in:
 * whole messages, damaged frames, or any bytes at all. It keeps to no rule, and says what came of it.
 */
import { randomBytes } from 'node:crypto';
import { noise } from '@libp2p/noise';
import { yamux } from '@libp2p/yamux';
import { generateKeyPairFromSeed } from '@libp2p/crypto/keys';
import type { Connection, Stream } from '@libp2p/interface';
import { tcp } from '@libp2p/tcp';
import { lpStream } from '@libp2p/utils';
import { multiaddr } from '@multiformats/multiaddr';
import { createLibp2p, type Libp2p } from 'libp2p';
import { createSigner } from '../../../core/adapters/keys/ed25519.ts';
import type { MachineId } from '../../../core/domain/ids.ts';
import type { Signer } from '../../../core/ports/signer.ts';
import { decodeJoinAnswer, encodeHello, encodeJoinRequest } from '../../../core/protocol/codec.ts';
import { frameWhole } from '../../../core/protocol/frames.ts';
import type { JoinAnswer, JoinRequest } from '../../../core/protocol/messages.ts';
import { ownHello, PROTOCOLS } from '../../../core/protocol/versions.ts';
import { parseInvitation } from '../../../core/security/invitation.ts';
import { HostileVoice } from './hostile-voice.ts';

const PATIENCE_MS = 5000;

export class HostilePeer {
  readonly signer: Signer;
  readonly #node: Libp2p;

  private constructor(signer: Signer, node: Libp2p) {
    this.signer = signer;
    this.#node = node;
  }

  /**
   * @param seed of its Ed25519 key, 32 bytes; any by default.
   * @param host the address of this machine that it dials from; the system's choice by default.
   */
  static async create(seed: Uint8Array = randomBytes(32), host?: string): Promise<HostilePeer> {
    // Node takes what the library hands on, and its types leave out.
    const dialOpts = { noDelay: true, ...(host === undefined ? {} : { localAddress: host }) };
    const node = await createLibp2p({
      privateKey: await generateKeyPairFromSeed('Ed25519', seed),
      transports: [tcp({ dialOpts })],
      connectionEncrypters: [noise()],
      streamMuxers: [yamux()],
      connectionMonitor: { enabled: false },
    });
    return new HostilePeer(createSigner(seed), node);
  }

  get id(): MachineId {
    return this.signer.self;
  }

  /** Another connection, even when there is one. @param addresses multiaddrs */
  connect(addresses: readonly string[]): Promise<Connection> {
    const targets = addresses.map((each) => multiaddr(each));
    return this.#node.dial(targets, { force: true, signal: AbortSignal.timeout(PATIENCE_MS) });
  }

  /** Opens a protocol on a connection of its own and sends bytes; all that came back until the other side ended it. */
  async speak(addresses: readonly string[], protocol: string, bytes: Uint8Array): Promise<Heard> {
    const connection = await this.connect(addresses);
    try {
      const stream = await connection.newStream(protocol, { signal: AbortSignal.timeout(PATIENCE_MS) });
      const heard = listenTo(stream);
      if (bytes.length > 0) stream.send(bytes);
      return await heard;
    } catch (fault) {
      return { answered: new Uint8Array(), ended: fault instanceof Error ? fault.message : String(fault) };
    } finally {
      connection.abort(new Error('done'));
    }
  }

  /** Sends one request on the join protocol; undefined when the other side hangs up instead of answering. */
  async join(addresses: readonly string[], request: JoinRequest | Uint8Array): Promise<JoinAnswer | undefined> {
    const bytes = request instanceof Uint8Array ? request : encodeJoinRequest(request);
    const connection = await this.connect(addresses);
    try {
      const signal = AbortSignal.timeout(PATIENCE_MS);
      const stream = await connection.newStream(PROTOCOLS.join, { signal });
      const messages = lpStream(stream);
      await messages.write(bytes, { signal });
      const answer = decodeJoinAnswer((await messages.read({ signal })).subarray());
      return answer.ok ? answer.value : undefined;
    } catch {
      // Being hung up on is what this is about; the agent's own word is looked at by the tests.
      return undefined;
    } finally {
      connection.abort(new Error('done'));
    }
  }

  /** Joins by an invitation as an honest machine would. */
  async joinBy(token: string, name: string): Promise<JoinAnswer | undefined> {
    const invitation = parseInvitation(token);
    if (!invitation.ok) throw new Error(invitation.error.message);
    const { addresses, secret } = invitation.value;
    return this.join(addresses, { type: 'join-request', secret, name, labels: {}, addresses: [] });
  }

  /** A control stream after both hellos; undefined when it is refused. */
  async control(addresses: readonly string[]): Promise<HostileVoice | undefined> {
    const connection = await this.connect(addresses);
    try {
      const stream = await connection.newStream(PROTOCOLS.control, { signal: AbortSignal.timeout(PATIENCE_MS) });
      stream.send(frameWhole(encodeHello(ownHello([])), 'urgent'));
      const voice = new HostileVoice(stream);
      await voice.greeted(PATIENCE_MS);
      return voice;
    } catch {
      connection.abort(new Error('refused'));
      return undefined;
    }
  }

  /** Publishes bytes on the topic of the heartbeats, over a gossip stream of its own. */
  async gossip(addresses: readonly string[], ...messages: readonly Uint8Array[]): Promise<void> {
    const connection = await this.connect(addresses);
    const stream = await connection.newStream('/meshsub/1.1.0', { signal: AbortSignal.timeout(PATIENCE_MS) });
    for (const message of messages) await lpStream(stream).write(gossipOf(message));
  }

  stop(): Promise<void> {
    return Promise.resolve(this.#node.stop());
  }
}

export interface Heard {
  readonly answered: Uint8Array;
  /** How it ended. */
  readonly ended: string;
}

function listenTo(stream: Stream): Promise<Heard> {
  return new Promise((resolve) => {
    const chunks: Uint8Array[] = [];
    const finish = (ended: string): void => {
      clearTimeout(timer);
      resolve({ answered: Buffer.concat(chunks), ended });
    };
    const timer = setTimeout(() => finish('nothing more came'), PATIENCE_MS);
    stream.addEventListener('message', ({ data }) => void chunks.push(data.subarray()));
    stream.addEventListener('close', () => finish('closed'));
    stream.addEventListener('remoteCloseWrite', () => finish('closed for writing'));
  });
}

/** The gossipsub RPC (protobuf) that publishes one unsigned message: RPC.publish = 2, Message.data = 2, .topic = 4. */
function gossipOf(data: Uint8Array): Uint8Array {
  const topic = new TextEncoder().encode(PROTOCOLS.heartbeatTopic);
  return new Uint8Array(field(2, Buffer.concat([field(2, data), field(4, topic)])));
}

function field(number: number, bytes: Uint8Array): Buffer {
  const length: number[] = [];
  let rest = bytes.length;
  for (; rest > 127; rest >>>= 7) length.push((rest & 127) | 128);
  return Buffer.concat([Uint8Array.of((number << 3) | 2, ...length, rest), bytes]);
}
