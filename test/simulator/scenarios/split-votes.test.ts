/**
 * Grants for claims that came to nothing, of which the word was lost: each to another machine, so that nobody has a majority.
 * Their holders are asked, and what is not used is given back.
 */
import { describe, expect, test } from 'vitest';
import { type OccurrenceId, scheduledOccurrenceId } from '../../../core/domain/ids.ts';
import type { TaskDefinition } from '../../../core/domain/task.ts';
import { grantKey } from '../../fakes/memory-tables.ts';
import { type SimCluster, simTask } from '../sim-cluster.ts';
import { expectOneStartPerAttempt, formedWith, until } from './lab.ts';

const MINUTE = 60_000;
const EPOCH = Date.UTC(2026, 0, 5, 8);
const DUE = EPOCH + 2 * MINUTE;

function onceAt(guarantee: TaskDefinition['policy']['guarantee']): TaskDefinition {
  return simTask('invoice', undefined, {
    schedule: { triggers: [{ kind: 'once', at: DUE }] },
    policy: { guarantee, catchUp: { mode: 'all' } },
  });
}

/** Each of the three others has granted the occurrence to the next of them, and to nobody else. */
async function votesSplit(cluster: SimCluster, task: TaskDefinition): Promise<OccurrenceId> {
  const occurrenceId = scheduledOccurrenceId(task.id, DUE, '');
  const others = cluster.machines.filter((machine) => machine !== cluster.ownerOf(task));
  for (const machine of others) machine.kill();
  for (const [index, { disk }] of others.entries()) {
    const claimant = others[(index + 1) % others.length]?.id ?? cluster.machine(0).id;
    const { id: taskId } = task;
    const { guarantee } = task.policy;
    const claim = { taskId, occurrenceId, attempt: 1, claimant, fencingToken: DUE + index, guarantee };
    const grant = { ...claim, nominalAt: DUE, dueAt: DUE, released: false, grantedAt: DUE };
    disk.tables.grants.set(grantKey(grant), grant);
  }
  for (const machine of others) await machine.boot();
  return occurrenceId;
}

describe.for(['at-most-once', 'at-least-once'] as const)('votes that are split, %s', (guarantee) => {
  test('are given back, and what they stood in the way of is started once', async () => {
    const task = onceAt(guarantee);
    const cluster = await formedWith({ machines: 4, epochMs: EPOCH }, task);
    const occurrenceId = await votesSplit(cluster, task);
    await until(cluster, 4 * MINUTE, () => cluster.startsOf(task).length > 0);
    await cluster.run(MINUTE);
    expect(cluster.startsOf(task).map((start) => start.occurrenceId)).toEqual([occurrenceId]);
    expectOneStartPerAttempt(cluster, task);
  });
});
