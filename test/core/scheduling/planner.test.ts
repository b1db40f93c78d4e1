/** The planner against a plain list that is sorted anew each time. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TaskId } from '../../../core/domain/ids.ts';
import { scheduleSchema } from '../../../core/domain/schedule.ts';
import { type CompiledSchedule, compileSchedule, nextOccurrence } from '../../../core/scheduling/occurrence.ts';
import { Planner } from '../../../core/scheduling/planner.ts';

function compiled(input: unknown): CompiledSchedule {
  const result = compileSchedule(scheduleSchema.parse(input));
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}

function every(everyMs: number): CompiledSchedule {
  return compiled({ triggers: [{ kind: 'interval', everyMs }] });
}

const one = 'one' as TaskId;
const two = 'two' as TaskId;

describe('Planner', () => {
  it('gives what is due, oldest first, and by task id within an instant', () => {
    const planner = new Planner();
    planner.set(two, every(2000), 0);
    planner.set(one, every(3000), 0);
    expect(planner.nextAt()).toBe(2000);
    expect(planner.takeDue(6000, 10)).toEqual([
      { taskId: two, nominalAt: 2000 },
      { taskId: one, nominalAt: 3000 },
      { taskId: two, nominalAt: 4000 },
      { taskId: one, nominalAt: 6000 },
      { taskId: two, nominalAt: 6000 },
    ]);
    expect(planner.nextAt()).toBe(8000);
  });

  it('gives no more than asked for, and the rest later', () => {
    const planner = new Planner();
    planner.set(one, every(1000), 0);
    expect(planner.takeDue(3000, 2).map((due) => due.nominalAt)).toEqual([1000, 2000]);
    expect(planner.takeDue(3000, 2).map((due) => due.nominalAt)).toEqual([3000]);
    expect(planner.takeDue(3000, 2)).toEqual([]);
  });

  it('plans a task anew in place of what was planned', () => {
    const planner = new Planner();
    planner.set(one, every(1000), 0);
    planner.set(one, every(5000), 0);
    expect([planner.size, planner.nextOf(one)]).toEqual([1, 5000]);
    planner.set(one, compiled({}), 0);
    expect([planner.size, planner.nextAt(), planner.nextOf(one)]).toEqual([0, undefined, undefined]);
  });

  it('forgets a task that was removed or has come to its end', () => {
    const planner = new Planner();
    planner.set(one, compiled({ triggers: [{ kind: 'once', at: 500 }] }), 0);
    planner.set(two, every(1000), 0);
    planner.remove(two);
    planner.remove(two);
    expect(planner.takeDue(10_000, 10)).toEqual([{ taskId: one, nominalAt: 500 }]);
    expect([planner.size, planner.nextAt()]).toEqual([0, undefined]);
  });

  it('keeps its order when a task far down is removed', () => {
    const planner = new Planner();
    // Set in this order, the last one ends up beside the earlier branch and has to rise when it takes the gap.
    for (const at of [1, 10, 2, 11, 12, 3, 4]) {
      planner.set(`at-${at}` as TaskId, compiled({ triggers: [{ kind: 'once', at }] }), 0);
    }
    planner.remove('at-11' as TaskId);
    for (const at of [20, 21]) planner.set(`at-${at}` as TaskId, compiled({ triggers: [{ kind: 'once', at }] }), 0);
    expect(planner.takeDue(100, 10).map((due) => due.nominalAt)).toEqual([1, 2, 3, 4, 10, 12, 20, 21]);
  });

  it('agrees with a sorted list under any sequence of changes', () => {
    const step = fc.oneof(
      fc.record({
        kind: fc.constant('set' as const),
        task: fc.integer({ min: 0, max: 30 }),
        everyMs: fc.integer({ min: 1000, max: 20_000 }),
      }),
      fc.record({ kind: fc.constant('remove' as const), task: fc.integer({ min: 0, max: 30 }) }),
      fc.record({
        kind: fc.constant('take' as const),
        elapsedMs: fc.integer({ min: 0, max: 10_000 }),
        limit: fc.integer({ min: 0, max: 40 }),
      }),
    );
    const property = fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const planner = new Planner();
      const model = new Map<TaskId, { schedule: CompiledSchedule; next: number }>();
      const earliest = (): [TaskId, number] | undefined =>
        [...model]
          .map(([taskId, { next }]): [TaskId, number] => [taskId, next])
          .sort(([a, x], [b, y]) => x - y || (a < b ? -1 : 1))[0];
      let now = 0;
      for (const action of steps) {
        if (action.kind === 'set') {
          const schedule = every(action.everyMs);
          planner.set(`task-${action.task}` as TaskId, schedule, now);
          model.set(`task-${action.task}` as TaskId, { schedule, next: nextOccurrence(schedule, now) ?? NaN });
        } else if (action.kind === 'remove') {
          planner.remove(`task-${action.task}` as TaskId);
          model.delete(`task-${action.task}` as TaskId);
        } else {
          now += action.elapsedMs;
          const expected: unknown[] = [];
          for (let first = earliest(); first !== undefined && first[1] <= now; first = earliest()) {
            if (expected.length >= action.limit) break;
            const entry = model.get(first[0]);
            if (entry === undefined) break;
            expected.push({ taskId: first[0], nominalAt: first[1] });
            entry.next = nextOccurrence(entry.schedule, first[1]) ?? NaN;
          }
          expect(planner.takeDue(now, action.limit)).toEqual(expected);
        }
        expect([planner.size, planner.nextAt()]).toEqual([model.size, earliest()?.[1]]);
      }
    });
    fc.assert(property, { numRuns: 100, endOnFailure: true });
  });
});
