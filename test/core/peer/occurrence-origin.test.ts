/** Occurrences of which a member tells: what no schedule names, and what no editor's machine has signed, is not run. */
import { beforeEach, describe, expect, test } from 'vitest';
import { calendarSchema } from '../../../core/domain/calendar.ts';
import {
  type ClusterId,
  afterOccurrenceId,
  type OccurrenceId,
  type RunId,
  scheduledOccurrenceId,
  type TaskId,
  triggeredOccurrenceId,
} from '../../../core/domain/ids.ts';
import { occurrenceIdOf, type RunRecord } from '../../../core/domain/run.ts';
import type { Signer } from '../../../core/ports/signer.ts';
import { signTrigger, type TriggerStatement } from '../../../core/security/signed-trigger.ts';
import { PeerBed, VICTIM, VOICE } from '../../fuzz/peer-bed.ts';
import { EPOCH_MS, simTask } from '../../simulator/sim-cluster.ts';

const ONCE = 'once' as TaskId;
/** It queues: what is late is not skipped. */
const OFTEN = 'often' as TaskId;
let bed: PeerBed;

beforeEach(async () => {
  bed = await PeerBed.form(7);
});

describe('a note that a task is to run', () => {
  const BY_HAND = 'by-hand' as TaskId;
  const now = (): number => Math.floor(EPOCH_MS + bed.cluster.time.now);
  const clusterId = (): ClusterId => bed.cluster.machine(VICTIM).peer.view.cluster?.id as ClusterId;

  /** The voice tells of an occurrence that waits, in the first place of its log that is free. */
  async function note(fields: Partial<RunRecord>): Promise<void> {
    const waits = bed.signed({ sequence: 1001, state: 'queued', ...fields });
    bed.say({ type: 'log-page', recorderId: bed.voice, floor: 1000, records: [waits], more: false });
    await bed.cluster.run(200_000);
  }

  /** A run by hand that is said to have been asked for on the good neighbour. */
  function byHand(signedBy: number | undefined, fields: Partial<TriggerStatement> = {}): Partial<RunRecord> {
    const [triggerId, by, nominalAt] = ['abc', bed.cluster.machine(2).id, now()];
    const asked = { clusterId: clusterId(), taskId: BY_HAND, triggerId, slot: '', on: undefined, nominalAt } as const;
    const statement = { ...asked, ...fields };
    const signature = signedBy === undefined ? {} : { signature: signTrigger(signerOf(signedBy), statement) };
    return {
      taskId: BY_HAND,
      occurrenceId: triggeredOccurrenceId(BY_HAND, triggerId, ''),
      cause: { kind: 'manual', triggerId, by, ...signature },
      ...{ nominalAt, dueAt: nominalAt, recordedAt: nominalAt },
    };
  }

  const signerOf = (index: number): Signer => bed.cluster.machine(index).signer;
  const rejected = (): number => {
    const { records } = bed.cluster.machine(VICTIM).disk.tables.audits.get(bed.victim) ?? { records: [] };
    return records.filter(({ action }) => action === 'record-rejected').length;
  };

  test('by hand, signed by the machine that asked for it, has it run', async () => {
    await note(byHand(2));
    expect(bed.cluster.starts.filter(({ taskId }) => taskId === BY_HAND)).toHaveLength(1);
  });

  test.each<readonly [string, () => Partial<RunRecord>]>([
    ['that nobody signed', () => byHand(undefined)],
    ['that its teller signed for another', () => byHand(VOICE)],
    ['that was asked for in another cluster', () => byHand(2, { clusterId: 'a'.repeat(20) as ClusterId })],
    ['that was asked for of another task', () => byHand(2, { taskId: ONCE })],
    ['that was asked for at another time', () => byHand(2, { nominalAt: now() - 60_000 })],
    ['that was asked for on another machine', () => byHand(2, { on: bed.victim })],
    ['that has the id of another occurrence', () => ({ ...byHand(2), occurrenceId: 'a'.repeat(20) as OccurrenceId })],
  ])('by hand %s has nothing run, and is noted', async (_what, fields) => {
    await note(fields());
    expect(bed.cluster.starts.filter(({ taskId }) => taskId === BY_HAND)).toHaveLength(0);
    expect(rejected()).toBe(1);
  });

  test('at an instant that its schedule does not name has nothing run, and the refusal is recorded', async () => {
    const nominalAt = now() - (now() % 10_000) + 7000;
    await note({ taskId: OFTEN, nominalAt, dueAt: nominalAt, recordedAt: now() });
    const occurrenceId = scheduledOccurrenceId(OFTEN, nominalAt, '');
    expect(bed.cluster.starts.filter((start) => start.occurrenceId === occurrenceId)).toHaveLength(0);
    const runs = (await bed.cluster.runs(VICTIM)).filter(
      (run) => run.occurrenceId === occurrenceId && run.state !== 'queued',
    );
    expect(runs).toMatchObject([{ state: 'refused', reason: { code: 'NOT_AUTHORIZED' } }]);
  });

  test('has it run where the schedule may have named the instant before its calendar changed, and only there', async () => {
    const kept = 'kept' as TaskId;
    const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
    const put = (from: string, to: string) => {
      const calendar = calendarSchema.parse({ windows: [{ weekdays, from, to }] });
      return bed.cluster.command(2, { kind: 'put-calendar', name: 'hours', calendar });
    };
    await put('00:00', '24:00');
    const schedule = { triggers: [{ kind: 'cron', expression: '*/20 * * * * *' }], calendars: { only: ['hours'] } };
    await bed.cluster.put(2, simTask('kept', undefined, { schedule, policy: { overlap: 'queue-all' } }));
    // Long enough for the instant to be after the task itself was changed.
    await bed.cluster.run(20_000);
    const before = now() - (now() % 20_000) + 7000;
    await bed.cluster.run(30_000);
    const farHour = String((new Date(now()).getUTCHours() + 12) % 24).padStart(2, '0');
    await put(`${farHour}:00`, `${farHour}:10`);
    await bed.cluster.run(30_000);
    const after = now() - (now() % 20_000) + 7000;
    const startsAt = (at: number): number => {
      const occurrenceId = scheduledOccurrenceId(kept, at, '');
      return bed.cluster.starts.filter((start) => start.occurrenceId === occurrenceId).length;
    };
    await note({ taskId: kept, nominalAt: before, dueAt: before, recordedAt: now() });
    expect(startsAt(before)).toBe(1);
    await note({ taskId: kept, nominalAt: after, dueAt: after, recordedAt: now(), sequence: 1002 });
    expect(startsAt(after)).toBe(0);
    const runs = (await bed.cluster.runs(VICTIM)).filter(
      ({ taskId, nominalAt }) => taskId === kept && nominalAt === after,
    );
    expect(runs.map(({ reason }) => reason?.text)).toContain('its schedule does not name this instant');
  });

  test('before the instant that its schedule names has nothing run before it', async () => {
    const nominalAt = now() - (now() % 20_000) + 400_000;
    await note({ taskId: ONCE, nominalAt, dueAt: now(), recordedAt: now() });
    const occurrenceId = scheduledOccurrenceId(ONCE, nominalAt, '');
    expect(bed.cluster.starts.filter((start) => start.occurrenceId === occurrenceId)).toHaveLength(0);
    expect(rejected()).toBe(1);
  });

  test('later than its schedule names does not put it off', async () => {
    const nominalAt = now() - (now() % 20_000) + 40_000;
    await note({ taskId: ONCE, nominalAt, dueAt: nominalAt + 3_600_000, recordedAt: now() });
    const occurrenceId = scheduledOccurrenceId(ONCE, nominalAt, '');
    expect(bed.cluster.starts.filter((start) => start.occurrenceId === occurrenceId)).toHaveLength(1);
  });
});

describe('what follows another task', () => {
  const LATER = 'later' as TaskId;
  const now = (): number => Math.floor(EPOCH_MS + bed.cluster.time.now);
  const startsOfLater = (): number => bed.cluster.starts.filter(({ taskId }) => taskId === LATER).length;

  beforeEach(async () => {
    const triggers = [{ kind: 'after', task: 'by-hand' }];
    await bed.cluster.put(2, simTask(LATER, undefined, { schedule: { triggers }, policy: { overlap: 'queue-all' } }));
    await bed.cluster.run(1000);
  });

  async function tell(fields: Partial<RunRecord>): Promise<void> {
    const told = bed.signed({ sequence: 1001, recordedAt: now(), nominalAt: now(), dueAt: now(), ...fields });
    bed.say({ type: 'log-page', recorderId: bed.voice, floor: 1000, records: [told], more: false });
    await bed.cluster.run(200_000);
  }

  test('is not run where a member merely says that the other has ended', async () => {
    const upstream = 'a'.repeat(20) as OccurrenceId;
    const cause = { kind: 'after', taskId: 'by-hand' as TaskId, occurrenceId: upstream, depth: 1 } as const;
    await tell({
      state: 'due',
      taskId: LATER,
      occurrenceId: afterOccurrenceId(LATER, upstream, ''),
      cause: { ...cause, runId: 'b'.repeat(20) as RunId, state: 'succeeded' },
    });
    expect(startsOfLater()).toBe(0);
    const runs = (await bed.cluster.runs(VICTIM)).filter(({ taskId, state }) => taskId === LATER && state !== 'due');
    expect(runs).toMatchObject([
      { state: 'refused', reason: { code: 'NOT_AUTHORIZED', text: expect.stringContaining('has not ended so') } },
    ]);
  });

  test.each<readonly [string, () => Partial<RunRecord>]>([
    ['nobody asked for', () => ({ cause: { kind: 'manual', triggerId: 'x', by: bed.cluster.machine(2).id } })],
    ['no schedule names', () => ({ cause: { kind: 'schedule' } })],
  ])('is not run when a member says that it has run what %s', async (_what, fields) => {
    const taskId = 'by-hand' as TaskId;
    const at = now();
    const ended = { claimedAt: at, startedAt: at, finishedAt: at, state: 'succeeded' } as const;
    const told: Partial<RunRecord> = { taskId, nominalAt: at, dueAt: at, ...ended, ...fields() };
    const { cause = { kind: 'schedule' } } = told;
    await tell({ ...told, occurrenceId: occurrenceIdOf({ taskId, slot: '', cause, nominalAt: at }) });
    expect(startsOfLater()).toBe(0);
  });

  test('is run when the other has', async () => {
    await bed.cluster.command(2, { kind: 'run-task', id: 'by-hand' as TaskId });
    await bed.cluster.run(5000);
    expect(startsOfLater()).toBe(1);
  });
});
