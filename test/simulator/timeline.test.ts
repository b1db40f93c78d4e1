/** What a timeline answers about stretches of time. */
import { describe, expect, test } from 'vitest';
import { Timeline } from './timeline.ts';

function timeline(...notes: readonly (readonly [atMs: number, value: boolean])[]): Timeline {
  const line = new Timeline();
  for (const [atMs, value] of notes) line.note(atMs, value);
  return line;
}

describe('a timeline', () => {
  const line = timeline([10, true], [20, false], [25, false], [30, true]);

  test('keeps changes alone', () => {
    expect(line.size).toBe(3);
    expect([line.last, line.sinceMs]).toEqual([true, 30]);
  });

  test('holds where it was so all the time, the ends included', () => {
    expect(line.held(10, 19)).toBe(true);
    expect(line.held(10, 20)).toBe(false);
    expect(line.held(29, 31)).toBe(false);
    expect(line.held(30, 99)).toBe(true);
  });

  test('was before the first look as at the first, and says nothing without one', () => {
    expect(line.held(0, 15)).toBe(true);
    expect(new Timeline().held(0, 1)).toBe(false);
  });

  test('tells the longest lapse within a stretch', () => {
    expect(line.longestLapseMs(0, 100)).toBe(10);
    expect(line.longestLapseMs(26, 100)).toBe(4);
    expect(line.longestLapseMs(40, 100)).toBe(0);
    expect(timeline([5, false]).longestLapseMs(0, 50)).toBe(45);
  });
});
