/** Messages for the tests of transports. */
import {
  type ClusterId,
  hashId,
  type MachineId,
  type OccurrenceId,
  type RunId,
  type TaskId,
} from '../../core/domain/ids.ts';
import type { Heartbeat, JoinAnswer, JoinRequestOf, PeerMessage } from '../../core/protocol/messages.ts';

export function heartbeatOf(from: MachineId, sequence: number): Heartbeat {
  return {
    type: 'heartbeat',
    clusterId: 'abcdefghijklmnopqrst' as ClusterId,
    from,
    incarnation: 1,
    sequence,
    sentAt: 1_700_000_000_000 + sequence,
    intervalMs: 1000,
    facts: { operatingSystem: 'linux', architecture: 'x64', version: '0.1.0', timeZoneDataVersion: '2026a', slots: 4 },
    load: { slotsUsed: 0, freeMemoryBytes: 1, processorLoad: 0.5 },
    documentDigest: 'digest',
    logSequence: 0,
    addresses: ['/ip4/127.0.0.1/tcp/4100'],
    leaving: false,
  };
}

/** A small urgent message that carries a number. */
export function beatOf(number: number): PeerMessage {
  return { type: 'beat', sentAt: number, incarnation: 1 };
}

/** A small urgent message of a kind of which thousands may come at once. */
export function claimOf(number: number): PeerMessage {
  return {
    type: 'claim-release',
    taskId: 'task' as TaskId,
    occurrenceId: hashId('claim', String(number)) as OccurrenceId,
    attempt: 1,
    fencingToken: number,
  };
}

/** A bulk message that carries a number and so many bytes. */
export function chunkOf(number: number, sizeBytes: number): PeerMessage {
  return {
    type: 'output-chunk',
    requestId: String(number),
    runId: 'abcdefghijklmnopqrst' as RunId,
    found: true,
    offset: number,
    data: new Uint8Array(sizeBytes).fill(number & 255),
    size: sizeBytes,
    complete: false,
  };
}

export function joinRequestOf(name: string): JoinRequestOf<'join-request'> {
  return { type: 'join-request', secret: new Uint8Array(32).fill(7), name, labels: {}, addresses: [] };
}

export const WELCOME: JoinAnswer = {
  type: 'welcome',
  clusterId: 'abcdefghijklmnopqrst' as ClusterId,
  clusterName: 'Home',
  members: [],
};
