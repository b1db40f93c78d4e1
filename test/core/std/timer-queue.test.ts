import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TimerQueue } from '../../../core/std/timer-queue.ts';

describe('a queue of timers', () => {
  test('gives what is due, earliest first, equals by name, and each once', () => {
    const timers = new TimerQueue();
    timers.set('late', 30);
    timers.set('b', 10);
    timers.set('a', 10);
    expect(timers.nextAt()).toBe(10);
    expect([timers.takeDue(20), timers.takeDue(20), timers.takeDue(20)]).toEqual(['a', 'b', undefined]);
    expect(timers.takeDue(30)).toBe('late');
    expect(timers.nextAt()).toBeUndefined();
  });

  test('rounds a moment up, so that it can be met', () => {
    const timers = new TimerQueue();
    timers.set('a', 10.2);
    timers.setEarliest('b', 9.5);
    expect([timers.get('a'), timers.get('b')]).toEqual([11, 10]);
    expect(timers.takeDue(9)).toBeUndefined();
  });

  test('moves a name that is set again, and keeps the earlier moment when it is asked to', () => {
    const timers = new TimerQueue();
    timers.set('a', 10);
    timers.set('a', 20);
    expect(timers.size).toBe(1);
    timers.setEarliest('a', 25);
    expect(timers.get('a')).toBe(20);
    timers.setEarliest('a', 5);
    expect(timers.get('a')).toBe(5);
    timers.clear('a');
    expect([timers.size, timers.nextAt()]).toEqual([0, undefined]);
  });

  test('does what a sorted list does, whatever is asked of it', () => {
    const key = fc.constantFrom('', 'a', 'a\0', 'ab', 'abc', 'abcd', 'abce', 'ab\uffff', 'ac', 'b', 'z', '\uffff');
    const call = fc.tuple(fc.constantFrom('set', 'setEarliest', 'clear', 'takeDue'), key, fc.nat(12));
    fc.assert(
      fc.property(fc.array(call, { maxLength: 120 }), (calls) => {
        const timers = new TimerQueue();
        const listed = new Map<string, number>();
        for (const [name, which, at] of calls) {
          if (name === 'set') timers.set(which, at);
          if (name === 'setEarliest') timers.setEarliest(which, at);
          if (name === 'clear') timers.clear(which);
          if (name === 'set' || (name === 'setEarliest' && at < (listed.get(which) ?? Infinity))) listed.set(which, at);
          if (name === 'clear') listed.delete(which);
          const [first] = [...listed].sort(([a, x], [b, y]) => x - y || (a < b ? -1 : 1));
          expect(timers.nextAt()).toBe(first?.[1]);
          expect(timers.get(which)).toBe(listed.get(which));
          if (name !== 'takeDue') continue;
          const due = first !== undefined && first[1] <= at ? first[0] : undefined;
          expect(timers.takeDue(at)).toBe(due);
          if (due !== undefined) listed.delete(due);
        }
        expect(timers.size).toBe(listed.size);
      }),
    );
  });
});
