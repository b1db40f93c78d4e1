/** What a removed machine noted after its removal is closed, however much it is, and a part of it at a time. */
import { expect, test } from 'vitest';
import { LIMITS } from '../../../core/config/constants.ts';
import { type TaskId, triggeredOccurrenceId, unstartedRunIdOf } from '../../../core/domain/ids.ts';
import type { RunRecord } from '../../../core/domain/run.ts';
import { signRecord } from '../../../core/security/signed-record.ts';
import { record } from '../../fakes/run-records.ts';
import { PeerBed, VICTIM } from '../../fuzz/peer-bed.ts';
import { EPOCH_MS } from '../../simulator/sim-cluster.ts';
import type { SimMachine } from '../../simulator/sim-machine.ts';

const BY_HAND = 'by-hand' as TaskId;
/** More than two steps deal with. */
const NOTES = 1200;

/** Runs by hand of an instant that is past, as the machine would have noted them. */
function notesOf({ id, signer }: SimMachine, after: number, nominalAt: number): RunRecord[] {
  return Array.from({ length: NOTES }, (_, index) => {
    const triggerId = `late-${index}`;
    const occurrenceId = triggeredOccurrenceId(BY_HAND, triggerId, '');
    return signRecord(
      signer,
      record({
        recorderId: id,
        sequence: after + 1 + index,
        taskId: BY_HAND,
        occurrenceId,
        id: unstartedRunIdOf(occurrenceId, 1),
        state: 'due',
        cause: { kind: 'manual', triggerId, by: id },
        nominalAt,
        dueAt: nominalAt,
      }),
    );
  });
}

test('thousands of notes of a removed machine are closed in steps, and none is run', async () => {
  const bed = await PeerBed.form(7);
  const { cluster } = bed;
  const removed = cluster.machine(2);
  removed.losePower();
  await cluster.run(10_000);
  const head = cluster.machine(VICTIM).disk.tables.logs.get(removed.id)?.extent.head ?? 0;
  await cluster.command(VICTIM, { kind: 'remove-machine', id: removed.id });
  const notes = notesOf(removed, head, Math.floor(EPOCH_MS + cluster.time.now) - 60_000);
  for (let from = 0; from < NOTES; from += LIMITS.recordsPerMessage) {
    const records = notes.slice(from, from + LIMITS.recordsPerMessage);
    bed.say({ type: 'log-page', recorderId: removed.id, floor: 0, records, more: false });
    await cluster.run(500);
  }
  const stored = cluster.machine(VICTIM).disk.tables.logs.get(removed.id)?.extent.head;
  expect(stored).toBe(head + NOTES);
  await cluster.run(60_000);
  const runs = (await cluster.runs(VICTIM)).filter(({ taskId }) => taskId === BY_HAND);
  expect(runs).toHaveLength(NOTES);
  expect(runs.filter(({ reason }) => reason?.code !== 'MACHINE_REMOVED')).toEqual([]);
  // No step closes them all: what else there is to do comes in between.
  const inOneStep = [...Map.groupBy(runs, ({ recordedAt }) => recordedAt).values()].map((closed) => closed.length);
  expect(Math.max(...inOneStep)).toBeLessThanOrEqual(500);
  expect(cluster.starts.filter(({ taskId }) => taskId === BY_HAND)).toEqual([]);
  expect(bed.takeFaults()).toEqual([]);
});
