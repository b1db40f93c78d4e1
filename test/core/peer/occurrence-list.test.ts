/** What is on the list of open occurrences, and of which occurrences no log can tell, so that no store is asked. */
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { MachineId, OccurrenceId, TaskId } from '../../../core/domain/ids.ts';
import type { Cause } from '../../../core/domain/run.ts';
import { isUntold, type NewOccurrence } from '../../../core/peer/occurrence-list.ts';
import type { PeerState } from '../../../core/peer/state.ts';
import { MemoryStateStore } from '../../fakes/memory-store.ts';
import { SimCluster, simTask } from '../../simulator/sim-cluster.ts';

const TASK = 'backup' as TaskId;
const NOON = Date.UTC(2026, 5, 1, 12);

function occurrence(nominalAt: number, cause: Cause = { kind: 'schedule' }): NewOccurrence {
  return { id: 'some' as OccurrenceId, taskId: TASK, slot: '', cause, nominalAt, dueAt: nominalAt };
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe('an occurrence of which no log can tell', () => {
  const state = { accounted: new Map([[TASK, NOON]]) } as unknown as PeerState;

  test('is later than all that is accounted for its task', () => {
    expect(isUntold(state, occurrence(NOON + 1))).toBe(true);
    expect(isUntold(state, occurrence(NOON + 1, { kind: 'catch-up' }))).toBe(true);
    expect(isUntold(state, occurrence(NOON))).toBe(false);
    expect(isUntold(state, occurrence(NOON - 1))).toBe(false);
  });

  test('is any scheduled one of a task of which nothing is accounted', () => {
    expect(isUntold({ accounted: new Map() } as unknown as PeerState, occurrence(NOON))).toBe(true);
  });

  test('is none that was asked for by hand: those raise nothing that is accounted', () => {
    const cause = { kind: 'manual', triggerId: 'x', by: 'm' as MachineId } as const;
    expect(isUntold(state, occurrence(NOON + 1, cause))).toBe(false);
  });
});

describe('the store', () => {
  test('is asked who has started it for what was asked for by hand, and never for what has just come due', async () => {
    const task = simTask(TASK, '*/10 * * * * *');
    const cluster = new SimCluster({ machines: 3 });
    await cluster.form();
    await cluster.put(0, task);
    const startedBy = vi.spyOn(MemoryStateStore.prototype, 'startedBy');
    await cluster.run(60_000);
    expect(cluster.startsOf(task).length).toBeGreaterThanOrEqual(5);
    expect(startedBy).not.toHaveBeenCalled();
    await cluster.command(0, { kind: 'run-task', id: task.id });
    expect(startedBy).toHaveBeenCalled();
  });

  test('keeps what it knows from running again on machines that have forgotten it and whose clocks were set back', async () => {
    const task = simTask(TASK, '*/10 * * * * *', { policy: { guarantee: 'at-most-once', catchUp: { mode: 'all' } } });
    const cluster = new SimCluster({ machines: 3 });
    await cluster.form();
    await cluster.put(0, task);
    await cluster.run(60_000);
    for (const machine of cluster.machines) machine.losePower();
    for (const { clock } of cluster.machines) clock.offsetMs -= 30_000;
    for (const machine of cluster.machines) await machine.boot();
    await cluster.run(60_000);
    const attempts = cluster.startsOf(task).map(({ occurrenceId, attempt }) => `${occurrenceId}/${attempt}`);
    expect(attempts.length).toBeGreaterThanOrEqual(8);
    expect(new Set(attempts).size).toBe(attempts.length);
  });
});
