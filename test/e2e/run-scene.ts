/** Runs of every kind to look at: taken over, withheld, refused, by hand, with long names and with much output. */
import { type RunId, type TaskId, triggeredOccurrenceId } from '../../core/domain/ids.ts';
import type { Run } from '../../core/domain/run.ts';
import { type FakePeer, MACHINES } from '../fakes/peer-handle.ts';
import { addTask, livelyPeer } from './console-scene.ts';

export interface RunScene {
  readonly peer: FakePeer;
  readonly ids: Readonly<Record<'lost' | 'tookOver' | 'withheld' | 'refused' | 'byHand' | 'long' | 'huge', RunId>>;
}

export const HUGE_LINES = 100_000;
const NEVER = { claimedAt: undefined, startedAt: undefined, finishedAt: undefined, exitCode: undefined };

export function runScene(): RunScene {
  const peer = livelyPeer();
  const now = Date.now();
  const { alpha, beta, gamma } = MACHINES;
  const add = (task: string, ago: number, change: object): Run => {
    const dueAt = now - ago;
    const times = { nominalAt: dueAt, dueAt, claimedAt: dueAt + 14, startedAt: dueAt + 52, recordedAt: dueAt + 9000 };
    return peer.addRun({ taskId: task as TaskId, ...times, finishedAt: dueAt + 9000, ...change });
  };
  const occurrenceId = triggeredOccurrenceId('database-dump' as TaskId, 'taken-over', '');
  const lost = add('database-dump', 95_000, {
    occurrenceId,
    machineId: gamma,
    state: 'lost',
    exitCode: undefined,
    reason: { code: 'LOST', text: 'observed by workbench: silent for 3.2 s' },
    next: { attempt: 2, dueAt: now - 60_000, avoid: [gamma] },
  });
  const tookOver = add('database-dump', 60_000, {
    occurrenceId,
    attempt: 2,
    machineId: beta,
    fencingToken: 42,
    nominalAt: lost.nominalAt,
    claimedAt: now - 57_900,
    startedAt: now - 57_860,
    outputBytes: 24,
    result: '{"rows":48213,"file":"/srv/dumps/2026-11-23.sql.zst"}',
  });
  const withheld = add('nightly-backup', 40_000, {
    ...NEVER,
    state: 'withheld',
    reason: {
      code: 'NO_QUORUM',
      text: '2 of the machines that must agree cannot be reached; waiting rather than running twice',
    },
  });
  const refused = add('certificates', 30_000, {
    ...NEVER,
    finishedAt: now - 29_990,
    state: 'refused',
    reason: { code: 'FACET_FORGED', text: 'the action is not signed by a machine that may edit tasks' },
  });
  const byHand = add('firmware', 20_000, {
    machineId: beta,
    cause: { kind: 'manual', triggerId: 'by-hand', by: alpha, on: beta },
  });
  addTask(peer, 'long', 'x'.repeat(120), { cron: '0 0 * * *' });
  const long = add('long', 15_000, { state: 'failed', exitCode: 1, reason: { code: 'EXIT', text: 'y'.repeat(500) } });
  const huge = add('mirror-packages', 10_000, { state: 'running', finishedAt: undefined, exitCode: undefined });
  peer.revisions.push({
    taskId: 'database-dump' as TaskId,
    facet: 'action',
    revision: 3,
    author: alpha,
    changedAt: now - 3_600_000,
    before: undefined,
    after: '{}',
    changeHash: 'a'.repeat(64),
  });
  const encoder = new TextEncoder();
  const [dumping, slow] = [encoder.encode('dumping …\n'), encoder.encode('the disk is slow\n')];
  peer.output.set(tookOver.id, {
    bytes: Uint8Array.from([...dumping, ...slow, ...encoder.encode('\u001b[32mdone\u001b[0m\n')]),
    complete: true,
    errors: [[dumping.length, dumping.length + slow.length]],
  });
  peer.output.set(long.id, { bytes: encoder.encode(`${'z'.repeat(3000)}\nshort\n`), complete: true });
  const lines = Array.from({ length: HUGE_LINES }, (_, index) => `package ${index + 1} mirrored`);
  peer.output.set(huge.id, { bytes: encoder.encode(`${lines.join('\n')}\n`), complete: false });
  return {
    peer,
    ids: {
      lost: lost.id,
      tookOver: tookOver.id,
      withheld: withheld.id,
      refused: refused.id,
      byHand: byHand.id,
      long: long.id,
      huge: huge.id,
    },
  };
}
