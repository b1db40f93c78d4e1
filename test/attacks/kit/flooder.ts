/**
 * A member in foreign hands that floods another machine over real connections, with whatever it is given, and comes back
 * whenever it is cut off. It keeps to what its own streams take, so that it is not itself what becomes slow.
 */
import { lpStream } from '@libp2p/utils';
import type { Stream } from '@libp2p/interface';
import { askToJoin } from '../../../core/adapters/libp2p/join-protocol.ts';
import { NETWORK } from '../../../core/adapters/libp2p/network-limits.ts';
import { dialTargets } from '../../../core/adapters/libp2p/peer-addresses.ts';
import { encodeJoinRequest } from '../../../core/protocol/codec.ts';
import type { JoinRequest } from '../../../core/protocol/messages.ts';
import { PROTOCOLS } from '../../../core/protocol/versions.ts';
import { parseInvitation } from '../../../core/security/invitation.ts';
import { sealHeartbeat } from '../../../core/security/sealed-heartbeat.ts';
import type { HostileNode, Reachable } from '../../adapters/hostile-node.ts';
import { heartbeatOf } from '../../conformance/transport-messages.ts';
import type { Signer } from '../../../core/ports/signer.ts';
import type { ClusterId } from '../../../core/domain/ids.ts';
import type { FloodFrame } from './flood-kinds.ts';

const BATCH = 200;
const BATCH_BYTES = 1024 * 1024;
/** A machine that is refused tries again this often. */
const PAUSE_MS = 20;
const PATIENCE_MS = 2000;

export interface FloodReport {
  /** Messages that the streams took, and their bytes. */
  sent: number;
  sentBytes: number;
  /** How often a stream came up, and how often it was cut. */
  opened: number;
  cut: number;
}

/** Lets the node in, as an honest machine would be. Throws when it is refused. */
export async function admit(node: HostileNode, to: Reachable, token: string, name: string): Promise<ClusterId> {
  const invitation = parseInvitation(token);
  if (!invitation.ok) throw new Error(invitation.error.message);
  const { inviter, secret } = invitation.value;
  const targets = dialTargets(inviter, [...to.transport.addresses()], 0);
  const dialler = { dial: () => node.connectAnew(to) };
  const request: JoinRequest = { type: 'join-request', secret, name, labels: {}, addresses: [] };
  const answer = await askToJoin(dialler, inviter, targets, request);
  if (!answer.ok || answer.value.type !== 'welcome') throw new Error(`not let in: ${JSON.stringify(answer)}`);
  return answer.value.clusterId;
}

/** Sends messages on the control stream as fast as they are taken. */
export async function flood(
  node: HostileNode,
  to: Reachable,
  frameOf: FloodFrame,
  durationMs: number,
): Promise<FloodReport> {
  const untilMs = performance.now() + durationMs;
  const report: FloodReport = { sent: 0, sentBytes: 0, opened: 0, cut: 0 };
  while (performance.now() < untilMs) {
    let stream: Stream;
    try {
      stream = await node.controlStream(to);
    } catch {
      // Being refused is what it must expect.
      await pause();
      continue;
    }
    report.opened += 1;
    stream.addEventListener('message', () => undefined);
    while (performance.now() < untilMs && stream.status === 'open') {
      const { bytes, count } = batchOf(frameOf, report.sent);
      if (!(await sent(stream, bytes, untilMs))) break;
      report.sent += count;
      report.sentBytes += bytes.length;
    }
    if (stream.status === 'open') stream.abort(new Error('enough'));
    else report.cut += 1;
  }
  return report;
}

/** Hands on heartbeats, each of them new. @param forged signed by somebody else than they say */
export async function floodGossip(
  node: HostileNode,
  to: Reachable,
  signer: Signer,
  clusterId: ClusterId,
  durationMs: number,
): Promise<FloodReport> {
  const untilMs = performance.now() + durationMs;
  const report: FloodReport = { sent: 0, sentBytes: 0, opened: 0, cut: 0 };
  while (performance.now() < untilMs) {
    try {
      const stream = await (await node.connectAnew(to)).newStream('/meshsub/1.1.0', patience());
      report.opened += 1;
      const gossip = lpStream(stream);
      while (performance.now() < untilMs && stream.status === 'open') {
        const heartbeat = { ...heartbeatOf(signer.self, report.sent), clusterId, sentAt: Date.now() };
        const rpc = gossipOf(sealHeartbeat(signer, heartbeat));
        await gossip.write(rpc, patience());
        report.sent += 1;
        report.sentBytes += rpc.length;
      }
      if (stream.status !== 'open') report.cut += 1;
    } catch {
      report.cut += 1;
      await pause();
    }
  }
  return report;
}

/** Publishes messages, as many in one exchange as may be; resolves when all were taken, or it was cut off. */
export async function gossipTogether(node: HostileNode, to: Reachable, messages: readonly Uint8Array[]): Promise<void> {
  try {
    const stream = await (await node.connectAnew(to)).newStream('/meshsub/1.1.0', patience());
    const gossip = lpStream(stream);
    for (let from = 0; from < messages.length && stream.status === 'open'; from += NETWORK.gossipMessages) {
      const exchange = messages.slice(from, from + NETWORK.gossipMessages).map(gossipOf);
      await gossip.write(Buffer.concat(exchange), patience());
    }
  } catch {
    // Being refused and cut off is what it must expect.
    return;
  }
}

/** Asks to join, on a stream of its own each time. */
export async function floodJoins(
  node: HostileNode,
  to: Reachable,
  request: JoinRequest,
  durationMs: number,
): Promise<FloodReport> {
  const untilMs = performance.now() + durationMs;
  const report: FloodReport = { sent: 0, sentBytes: 0, opened: 0, cut: 0 };
  const bytes = encodeJoinRequest(request);
  while (performance.now() < untilMs) {
    try {
      const connection = await node.connectAnew(to);
      report.opened += 1;
      while (performance.now() < untilMs && connection.status === 'open') {
        const stream = await connection.newStream(PROTOCOLS.join, patience());
        await lpStream(stream).write(bytes, patience());
        report.sent += 1;
        report.sentBytes += bytes.length;
      }
      if (connection.status !== 'open') report.cut += 1;
    } catch {
      report.cut += 1;
      await pause();
    }
  }
  return report;
}

function batchOf(frameOf: FloodFrame, from: number): { bytes: Uint8Array; count: number } {
  const frames: Uint8Array[] = [];
  let size = 0;
  while (frames.length < BATCH && size < BATCH_BYTES) {
    const frame = frameOf(from + frames.length);
    frames.push(frame);
    size += frame.length;
  }
  return { bytes: Buffer.concat(frames), count: frames.length };
}

/** Resolves when the stream takes more; false when it has ended. */
function sent(stream: Stream, bytes: Uint8Array, untilMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const finish = (): void => {
      clearTimeout(timer);
      stream.removeEventListener('drain', finish);
      stream.removeEventListener('close', finish);
      setImmediate(() => resolve(stream.status === 'open'));
    };
    const timer = setTimeout(finish, Math.max(0, untilMs - performance.now()));
    stream.addEventListener('drain', finish);
    stream.addEventListener('close', finish);
    try {
      if (stream.send(bytes)) finish();
    } catch {
      // It was cut in this very moment.
      finish();
    }
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

function patience(): { signal: AbortSignal } {
  return { signal: AbortSignal.timeout(PATIENCE_MS) };
}

function pause(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, PAUSE_MS);
  });
}
