/** What every store of state and its reader do with the audit logs. Part of the suite of the store. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AUDIT } from '../../core/config/constants.ts';
import type { AuditRecord } from '../../core/domain/audit-record.ts';
import type { AuditFilter } from '../../core/ports/run-queries.ts';
import { auditRecord, machine, NOON } from '../fakes/run-records.ts';
import type { StateStoreSubject } from './state-store.ts';

const A = machine('a');
const B = machine('b');
const SECOND = 1000;

export function describeAuditLog(name: string, open: () => Promise<StateStoreSubject>): void {
  describe(`${name} as a store of audit logs`, () => {
    let subject: StateStoreSubject;
    beforeEach(async () => {
      subject = await open();
    });
    afterEach(() => subject.dispose());

    const put = (...records: AuditRecord[]): void => {
      expect(subject.store.commit([{ kind: 'audit', records }])).toEqual({ ok: true });
    };
    const find = async (filter: AuditFilter): Promise<number[]> => {
      const { records } = await subject.queries.audit(filter, 100, undefined);
      return records.map(({ sequence }) => sequence);
    };

    it('gives records back as they were, signature and all, also after a restart', async () => {
      const first = auditRecord({ by: B, suppressed: 7 });
      put(first, auditRecord({ sequence: 2 }));
      put(first);
      put(auditRecord({ recorderId: B }));
      expect(subject.store.auditAfter(A, 0, 10)).toEqual({
        records: [first, auditRecord({ sequence: 2 })],
        more: false,
        floor: 0,
      });
      subject = await subject.reopen();
      expect(subject.store.load().auditVector).toEqual({ [A]: 2, [B]: 1 });
      expect(subject.store.auditAfter(A, 0, 1)).toEqual({ records: [first], more: true, floor: 0 });
      expect(subject.store.auditAfter(machine('c'), 0, 1)).toEqual({ records: [], more: false, floor: 0 });
      put(auditRecord({ sequence: 3 }));
      expect(subject.store.load().auditVector[A]).toBe(3);
    });

    it('begins a log where it is told, and forgets what is old or too much', async () => {
      expect(subject.store.commit([{ kind: 'audit-floor', recorderId: A, floor: 10 }])).toEqual({ ok: true });
      put(...[11, 12, 13].map((sequence) => auditRecord({ sequence, at: NOON + sequence * SECOND })));
      const auditBefore = NOON + 12 * SECOND;
      const prune = { kind: 'prune', grantsBefore: 0, runsBefore: 0, auditBefore } as const;
      expect(subject.store.commit([prune])).toEqual({ ok: true });
      const kept = subject.store.auditAfter(A, 0, 10);
      expect([kept.floor, kept.records.map(({ sequence }) => sequence)]).toEqual([11, [12, 13]]);
      expect((await subject.reopen()).store.load().auditFloors).toEqual({ [A]: 11 });
    });

    it('keeps so many records of each machine', () => {
      const base = AUDIT.recordsPerMachine;
      expect(subject.store.commit([{ kind: 'audit-floor', recorderId: A, floor: 0 }])).toEqual({ ok: true });
      put(...Array.from({ length: base + 3 }, (_, index) => auditRecord({ sequence: index + 1 })));
      put(auditRecord({ recorderId: B }));
      const prune = { kind: 'prune', grantsBefore: 0, runsBefore: 0, auditBefore: 0 } as const;
      expect(subject.store.commit([prune])).toEqual({ ok: true });
      expect(subject.store.auditAfter(A, 0, 1).floor).toBe(3);
      expect(subject.store.auditAfter(B, 0, 1).records).toHaveLength(1);
    });

    it('searches by action, machine, instants and text, newest first', async () => {
      put(
        auditRecord({ subject: 'Backup', detail: 'schedule' }),
        auditRecord({ sequence: 2, at: NOON + SECOND, action: 'run-by-hand', by: B }),
        auditRecord({ sequence: 3, at: NOON + 2 * SECOND, detail: 'Größe 5 %' }),
      );
      put(auditRecord({ recorderId: B, at: NOON + 3 * SECOND }));
      expect(await find({})).toEqual([1, 3, 2, 1]);
      expect(await find({ action: 'run-by-hand' })).toEqual([2]);
      expect(await find({ machineId: B })).toEqual([1, 2]);
      expect(await find({ machineId: machine('c') })).toEqual([]);
      expect(await find({ since: NOON + SECOND, until: NOON + 3 * SECOND })).toEqual([3, 2]);
      expect(await find({ text: 'backUP', machineId: A })).toContain(1);
      expect(await find({ text: 'GRÖßE' })).toEqual([3]);
      expect(await find({ text: '%' })).toEqual([3]);
    });

    it('pages without a record twice or left out, while records are added', async () => {
      put(...Array.from({ length: 9 }, (_, index) => auditRecord({ sequence: index + 1 })));
      const seen: number[] = [];
      let cursor: string | undefined;
      let added = 9;
      do {
        const page = await subject.queries.audit({}, 4, cursor);
        seen.push(...page.records.map(({ sequence }) => sequence));
        cursor = page.nextCursor;
        added += 1;
        put(auditRecord({ sequence: added, at: NOON + SECOND }));
      } while (cursor !== undefined);
      expect(seen).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1]);
      await expect(subject.queries.audit({}, 4, 'nonsense')).rejects.toThrow('cursor');
    });
  });
}
