/** The last hours of the cluster that is shown in pictures: what needs a look, what runs, what waits, and what was said. */
import { type TaskId, triggeredOccurrenceId } from '../../../core/domain/ids.ts';
import type { Run } from '../../../core/domain/run.ts';
import { type FakePeer, MACHINES } from '../../fakes/peer-handle.ts';
import { SAMPLE_OUTPUT } from '../console-scene.ts';
import { SHOP } from './showcase-machines.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const { alpha, beta, gamma } = MACHINES;

export function addToday(peer: FakePeer, now: number): void {
  const teller = tellerOf(peer, now);
  addFaults(peer, teller, now);
  addTakeOver(peer, teller, now);
  addRunning(peer, teller);
  addByHand(teller);
}

type Teller = (task: string, agoMs: number, tookMs: number, change: object) => Run;

function tellerOf(peer: FakePeer, now: number): Teller {
  return (task, agoMs, tookMs, change) => {
    const at = now - agoMs;
    const startedAt = at + 42;
    return peer.addRun({
      taskId: task as TaskId,
      nominalAt: at,
      dueAt: at,
      claimedAt: at + 12,
      startedAt,
      finishedAt: startedAt + tookMs,
      recordedAt: startedAt + tookMs,
      fencingToken: 41,
      outputBytes: 2210,
      ...change,
    });
  };
}

function addFaults(peer: FakePeer, tell: Teller, now: number): void {
  tell('certificates', 5 * HOUR_MS, 4100, {
    machineId: alpha,
    state: 'failed',
    exitCode: 1,
    reason: { code: 'EXIT_CODE', text: 'exit code 1: the order was rejected (rate limit)' },
  });
  const slow = tell('thumbnails', 31 * MINUTE_MS, 10 * MINUTE_MS, {
    machineId: beta,
    state: 'timed-out',
    exitCode: undefined,
    signal: 'SIGTERM',
    reason: { code: 'TIMEOUT', text: 'ran longer than its limit of 10 min' },
  });
  peer.output.set(slow.id, { bytes: new TextEncoder().encode(SAMPLE_OUTPUT), complete: true });
  const skipped = tell('photo-index', 9 * MINUTE_MS, 0, {
    machineId: beta,
    state: 'skipped',
    reason: { code: 'OVERLAP', text: 'the run before it was still going' },
  });
  const { claimedAt: _claimed, startedAt: _started, finishedAt: _finished, exitCode: _exit, ...rest } = skipped;
  peer.runsById.set(skipped.id, { ...rest, recordedAt: now - 9 * MINUTE_MS });
}

function addTakeOver(peer: FakePeer, tell: Teller, now: number): void {
  const occurrenceId = triggeredOccurrenceId('database-dump' as TaskId, 'taken-over', '');
  tell('database-dump', 5 * MINUTE_MS, 0, {
    occurrenceId,
    machineId: gamma,
    state: 'lost',
    exitCode: undefined,
    finishedAt: now - 4 * MINUTE_MS,
    recordedAt: now - 4 * MINUTE_MS,
    reason: { code: 'LOST', text: 'observed by workbench: silent for 3.2 s' },
    next: { attempt: 2, dueAt: now - 3.9 * MINUTE_MS, avoid: [gamma] },
  });
  const second = tell('database-dump', 5 * MINUTE_MS, 61_000, {
    occurrenceId,
    attempt: 2,
    machineId: beta,
    fencingToken: 42,
    dueAt: now - 3.9 * MINUTE_MS,
    claimedAt: now - 3.88 * MINUTE_MS,
    startedAt: now - 3.87 * MINUTE_MS,
    finishedAt: now - 2.9 * MINUTE_MS,
    result: '{"rows":48213,"file":"all-2026-11-23-1800.sql.zst"}',
  });
  peer.output.set(second.id, { bytes: new TextEncoder().encode(DUMP_OUTPUT), complete: true });
}

const DUMP_OUTPUT = [
  ...['shop', 'mail', 'photos', 'wiki'].map((name, index) => `dumping ${name} … ${index * 9 + 4} MiB`),
  '\u001b[33mcarillon: this is attempt 2, after attic-pi was lost\u001b[0m',
  'removing dumps beyond the 28 newest',
  '\u001b[32mdone\u001b[0m 48213 rows, 49 MiB',
  '',
].join('\n');

function addRunning(peer: FakePeer, tell: Teller): void {
  const running: Run[] = [
    tell('photo-index', 1.1 * MINUTE_MS, 0, { machineId: beta, state: 'running', progress: 0.62 }),
    tell('nightly-tests', 14 * MINUTE_MS, 0, { machineId: alpha, state: 'running' }),
    tell('virus-scan', 38 * MINUTE_MS, 0, { machineId: SHOP, state: 'running', progress: 0.48 }),
    tell('import-orders', 4000, 0, { machineId: alpha, state: 'running' }),
  ];
  for (const run of running) {
    const { finishedAt: _finished, exitCode: _exit, ...rest } = run;
    peer.runsById.set(run.id, rest);
    peer.output.set(run.id, { bytes: new TextEncoder().encode(SAMPLE_OUTPUT), complete: false });
  }
}

function addByHand(tell: Teller): void {
  const cause = { kind: 'manual' as const, triggerId: 'by-hand', by: alpha };
  tell('database-dump', 96 * MINUTE_MS, 21_000, {
    machineId: beta,
    cause: { ...cause, parameters: { scope: 'shop', label: 'before-update', keep: 'true' } },
    result: '{"file":"shop-before-update.sql.zst"}',
  });
  tell('firmware', 3 * HOUR_MS, 214_000, { machineId: beta, cause: { ...cause, on: beta } });
}
