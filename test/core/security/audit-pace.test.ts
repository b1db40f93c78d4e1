/** How much goes into the audit log: the first of a kind at once, the rest counted, and nothing grows. */
import { describe, expect, it } from 'vitest';
import { AUDIT } from '../../../core/config/constants.ts';
import { AuditPace } from '../../../core/security/audit-pace.ts';

describe('the pace of the audit log', () => {
  it('writes the first refusals of a source, counts the rest, and tells of them when the window ends', () => {
    const pace = new AuditPace<number>();
    const taken = Array.from({ length: 100 }, (_, note) => pace.takes('message-rejected', 'mallory', note, 0));
    expect(taken.filter(Boolean)).toHaveLength(AUDIT.refusalsPerWindow);
    expect(taken.indexOf(false)).toBe(AUDIT.refusalsPerWindow);
    expect(pace.dueMs).toBe(AUDIT.refusalWindowMs);
    expect(pace.end(AUDIT.refusalWindowMs - 1)).toEqual([]);
    const suppressed = 100 - AUDIT.refusalsPerWindow - 1;
    expect(pace.end(AUDIT.refusalWindowMs)).toEqual([{ action: 'message-rejected', note: 99, suppressed }]);
    expect(pace.dueMs).toBeUndefined();
    expect(pace.takes('message-rejected', 'mallory', 100, AUDIT.refusalWindowMs)).toBe(true);
  });

  it('counts each source for itself', () => {
    const pace = new AuditPace<number>();
    for (let note = 0; note < 100; note += 1) pace.takes('message-rejected', 'mallory', note, 0);
    expect(pace.takes('message-rejected', 'trudy', 0, 0)).toBe(true);
  });

  it('keeps room in each second for what people do', () => {
    const pace = new AuditPace<number>();
    const refused = Array.from({ length: 200 }, (_, note) => pace.takes('stranger-refused', `s${note}`, note, 5));
    expect(refused.filter(Boolean)).toHaveLength(AUDIT.recordsPerSecond / 2);
    expect(pace.takes('task-changed', '', 0, 5)).toBe(true);
    const deeds = Array.from({ length: 200 }, (_, note) => pace.takes('run-by-hand', '', note, 5));
    expect(deeds.filter(Boolean)).toHaveLength(AUDIT.recordsPerSecond / 2 - 1);
    expect(pace.takes('stranger-refused', 'other', 0, 1005)).toBe(true);
  });

  it('tells of what only a full second left out in one of the next, and no faster than all else', () => {
    const pace = new AuditPace<number>();
    for (let note = 0; note < 25; note += 1) pace.takes('stranger-refused', `s${note}`, note, 0);
    expect(pace.dueMs).toBe(1000);
    expect(pace.end(999)).toEqual([]);
    expect(pace.end(1000)).toHaveLength(AUDIT.recordsPerSecond / 2);
    expect(pace.dueMs).toBe(2000);
    const last = pace.end(2000);
    expect(last.map(({ note }) => note)).toEqual([20, 21, 22, 23, 24]);
    expect(last.every(({ suppressed }) => suppressed === 0)).toBe(true);
    expect(pace.dueMs).toBeUndefined();
  });

  it('holds a bounded number of windows, and loses no count of what it folds together', () => {
    const pace = new AuditPace<number>();
    const notes = 5000;
    let taken = 0;
    for (let note = 0; note < notes; note += 1) if (pace.takes('stranger-refused', `s${note}`, note, 0)) taken += 1;
    expect(pace.size).toBeLessThanOrEqual(AUDIT.sources + 1);
    const told = pace.end(Infinity);
    expect(taken + told.reduce((sum, { suppressed }) => sum + suppressed + 1, 0)).toBe(notes);
    expect(pace.size).toBe(0);
  });

  it('forgets sources of ended windows when it needs room', () => {
    const pace = new AuditPace<number>();
    for (let note = 0; note < AUDIT.sources; note += 1) pace.takes('api-refused', `s${note}`, note, note * 1000);
    const later = AUDIT.sources * 1000 + AUDIT.refusalWindowMs;
    expect(pace.takes('api-refused', 'new', 0, later)).toBe(true);
    expect(pace.size).toBe(1);
  });
});
