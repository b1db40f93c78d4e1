/** Who follows whom: looked up, kept up to date, and never in a circle. */
import { describe, expect, test } from 'vitest';
import type { TaskId } from '../../../core/domain/ids.ts';
import { RUN_STATES } from '../../../core/domain/run.ts';
import { type Schedule, scheduleSchema } from '../../../core/domain/schedule.ts';
import { findChainFault } from '../../../core/scheduling/chain-validation.ts';
import { Followers, follows } from '../../../core/scheduling/followers.ts';
import { compileSchedule, isAllowedAt, nextOccurrence } from '../../../core/scheduling/occurrence.ts';

const [A, B, C] = ['a', 'b', 'c'] as [TaskId, TaskId, TaskId];

function after(...tasks: string[]): Schedule {
  return scheduleSchema.parse({ triggers: tasks.map((task) => ({ kind: 'after', task })) });
}

describe('Followers', () => {
  test('lists those that follow a task in the order of their ids, as they are now', () => {
    const followers = new Followers();
    followers.set(C, after('a'));
    followers.set(B, after('a', 'a', 'c'));
    expect(followers.of(A)).toEqual([B, C]);
    followers.set(B, after('c'));
    expect(followers.of(A)).toEqual([C]);
    followers.remove(C);
    expect(followers.of(A)).toEqual([]);
    expect(followers.of(C)).toEqual([B]);
    expect([...followers.links().keys()]).toEqual([B]);
  });

  test('lists those that the start of a machine brings about', () => {
    const followers = new Followers();
    followers.set(B, scheduleSchema.parse({ triggers: [{ kind: 'machine-start' }] }));
    expect(followers.starters()).toEqual([B]);
    followers.set(B, after('a'));
    expect(followers.starters()).toEqual([]);
  });
});

describe('follows', () => {
  test.each([
    ['success', ['succeeded']],
    ['failure', ['failed', 'lost', 'timed-out']],
    ['any', ['cancelled', 'failed', 'lost', 'succeeded', 'timed-out']],
  ])('%s is %j', (outcome, states) => {
    const schedule = scheduleSchema.parse({ triggers: [{ kind: 'after', task: 'a', outcome }] });
    expect(RUN_STATES.filter((state) => follows(schedule, A, state)).sort()).toEqual(states);
    expect(RUN_STATES.filter((state) => follows(schedule, B, state))).toEqual([]);
  });
});

describe('findChainFault', () => {
  const known = new Map<TaskId, Schedule>([
    [A, after()],
    [B, after('a')],
  ]);
  const faultOf = (...definitions: { id: TaskId; schedule: Schedule }[]) =>
    findChainFault(definitions, (id) => known.get(id));

  test('finds nothing where each task is there and none follows itself', () => {
    expect(faultOf({ id: C, schedule: after('a', 'b') })).toBeUndefined();
  });

  test('names the trigger of a task that nobody knows, unless it comes along', () => {
    const lone = { id: A, schedule: after('b', 'c') };
    expect(findChainFault([lone], (id) => (id === B ? after() : undefined))).toMatchObject({
      index: 0,
      error: { code: 'TASK_NOT_FOUND', field: 'schedule.triggers.1.task' },
    });
    expect(faultOf({ id: B, schedule: after('c') }, { id: C, schedule: after() })).toBeUndefined();
  });

  test('names a circle, however long, with the trigger that closes it', () => {
    const fault = faultOf({ id: C, schedule: after('b') }, { id: A, schedule: after('c') });
    expect(fault).toMatchObject({ index: 0, error: { code: 'TASK_CYCLE', field: 'schedule.triggers.0.task' } });
    expect(fault?.error.message).toContain('"c" after "b" after "a" after "c"');
    expect(faultOf({ id: A, schedule: after('a') })?.error.code).toBe('TASK_CYCLE');
  });
});

test('what happens names no instants, and is due within the bounds of the schedule alone', () => {
  const compiled = compileSchedule({ ...after('a'), startAt: 1000, endAt: 2000 });
  if (!compiled.ok) throw new Error(compiled.error.message);
  expect(nextOccurrence(compiled.value, 0)).toBeUndefined();
  expect([999, 1000, 1999, 2000].map((at) => isAllowedAt(compiled.value, at))).toEqual([false, true, true, false]);
});
