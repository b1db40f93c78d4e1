/** What a member in foreign hands sends to bring another machine down: as much as it can, of every kind, over real connections. */
import type { Stream } from '@libp2p/interface';
import { hashId, type MachineId, type OccurrenceId, type RunId, type TaskId } from '../../core/domain/ids.ts';
import { encodePeerMessage } from '../../core/protocol/codec.ts';
import { frameWhole } from '../../core/protocol/frames.ts';
import type { PeerMessage } from '../../core/protocol/messages.ts';
import type { HostileNode, Reachable } from '../adapters/hostile-node.ts';
import { record } from '../fakes/run-records.ts';

const BATCH = 200;

/** A message of each kind; the number makes it another one each time. */
export function floodOf(self: MachineId, target: MachineId): Record<string, (number: number) => PeerMessage> {
  const idOf = (number: number): string => hashId('flood', String(number));
  const claim = (number: number) => ({
    taskId: `task-${number}` as TaskId,
    occurrenceId: idOf(number) as OccurrenceId,
    attempt: 1,
    fencingToken: Date.now(),
  });
  const forged = record({ recorderId: self, machineId: self, signature: 'A'.repeat(86) });
  const actorOf = (number: number): string => number.toString(16).padStart(32, '0');
  return {
    beat: (number) => ({ type: 'beat', sentAt: Date.now(), incarnation: number }),
    probe: (nonce) => ({ type: 'probe', nonce }),
    'probe-for-me': (nonce) => ({ type: 'probe-for-me', nonce, target }),
    suspected: () => ({ type: 'suspected', incarnation: 0 }),
    'claim-request': (number) => ({
      type: 'claim-request',
      ...claim(number),
      guarantee: 'at-least-once',
      nominalAt: Date.now(),
      dueAt: Date.now(),
    }),
    'claim-release': (number) => ({ type: 'claim-release', ...claim(number) }),
    'document-vector': () => ({ type: 'document-vector', vector: {}, wantsAnswer: true }),
    'document-changes': (number) => ({
      type: 'document-changes',
      changes: [
        {
          actor: actorOf(number),
          sequence: 1,
          hash: actorOf(number).repeat(2),
          author: self,
          signature: new Uint8Array(64),
          bytes: new Uint8Array(1000),
        },
      ],
      more: true,
    }),
    'log-vector': () => ({ type: 'log-vector', vector: {}, wantsAnswer: true }),
    'log-pull': () => ({ type: 'log-pull', recorderId: target, after: 0 }),
    'log-page': () => ({ type: 'log-page', recorderId: self, floor: 0, records: [forged], more: true }),
    'audit-vector': () => ({ type: 'audit-vector', vector: {}, wantsAnswer: true }),
    'audit-pull': () => ({ type: 'audit-pull', recorderId: target, after: 0 }),
    'output-read': (number) => ({
      type: 'output-read',
      requestId: String(number),
      runId: idOf(number) as RunId,
      offset: 0,
      limit: 65_536,
    }),
    'output-keep': (number) => ({ type: 'output-keep', runId: idOf(number) as RunId, size: 2 ** 40 }),
    'cancel-run': (number) => ({
      type: 'cancel-run',
      requestId: String(number),
      runId: idOf(number) as RunId,
      reason: 'x'.repeat(400),
    }),
  };
}

export interface FloodReport {
  /** Messages that the stream took. */
  readonly sent: number;
  /** How often a control stream came up, and how often it was cut. */
  readonly opened: number;
  readonly cut: number;
}

/** Sends messages as fast as they are taken, and connects again whenever it is cut off. */
export async function flood(
  node: HostileNode,
  to: Reachable,
  messageOf: (number: number) => PeerMessage,
  durationMs: number,
): Promise<FloodReport> {
  const untilMs = performance.now() + durationMs;
  const report = { sent: 0, opened: 0, cut: 0 };
  while (performance.now() < untilMs) {
    let stream: Stream;
    try {
      stream = await node.controlStream(to);
    } catch {
      // Being refused is what it must expect.
      await turn();
      continue;
    }
    report.opened += 1;
    stream.addEventListener('message', () => undefined);
    while (performance.now() < untilMs && stream.status === 'open') {
      const frames: Uint8Array[] = [];
      for (let count = 0; count < BATCH; count += 1) {
        frames.push(frameWhole(encodePeerMessage(messageOf(report.sent + count)), 'urgent'));
      }
      if (!(await sent(stream, Buffer.concat(frames), untilMs))) break;
      report.sent += BATCH;
    }
    if (stream.status === 'open') stream.abort(new Error('enough'));
    else report.cut += 1;
  }
  return report;
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

function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
