/** The audit log of a cluster: written once, held by all, believed only when signed, and never overfull. */
import { beforeEach, describe, expect, test } from 'vitest';
import { AUDIT } from '../../../core/config/constants.ts';
import type { AuditRecord } from '../../../core/domain/audit-record.ts';
import type { MachineId } from '../../../core/domain/ids.ts';
import { signAudit } from '../../../core/security/signed-audit.ts';
import { PeerBed, VICTIM, VOICE } from '../../fuzz/peer-bed.ts';
import { auditRecord } from '../../fakes/run-records.ts';

let bed: PeerBed;

beforeEach(async () => {
  bed = await PeerBed.form(11);
});

/** What machine `index` holds of the log of `recorder`, oldest first. */
function logOf(index: number, recorder: MachineId): readonly AuditRecord[] {
  return bed.cluster.machine(index).disk.tables.audits.get(recorder)?.records ?? [];
}

function note(index: number, subject: string): void {
  bed.cluster.machine(index).peer.noteAudit('secret-changed', { subject, detail: 'set' });
}

/** The last record that machine `holder` holds of machine `of`, by its subject. */
function lastSubject(holder: number, of: number): string | undefined {
  return logOf(holder, bed.cluster.machine(of).id).at(-1)?.subject;
}

describe('the audit log', () => {
  test('is on every machine a moment after it was written', async () => {
    note(VICTIM, 'first');
    await bed.cluster.run(500);
    for (const index of [0, 1, 2]) expect(lastSubject(index, VICTIM)).toBe('first');
    expect(bed.takeFaults()).toEqual([]);
  });

  test('reaches a machine that was away, also when its writer is gone by then', async () => {
    const away = bed.cluster.machine(2);
    away.losePower();
    await bed.cluster.run(10_000);
    for (let index = 0; index < 3 * AUDIT.recordsPerMessage; index += 1) {
      note(VICTIM, `note ${index}`);
      await bed.cluster.run(200);
    }
    bed.cluster.machine(VICTIM).losePower();
    await away.boot();
    await bed.cluster.run(30_000);
    expect(logOf(2, bed.victim)).toEqual(logOf(VOICE, bed.victim));
    expect(logOf(2, bed.victim).length).toBeGreaterThan(2 * AUDIT.recordsPerMessage);
  });

  test('goes on where it was after a restart', async () => {
    note(VICTIM, 'before');
    await bed.cluster.run(500);
    bed.cluster.machine(VICTIM).losePower();
    await bed.cluster.machine(VICTIM).boot();
    await bed.cluster.run(10_000);
    note(VICTIM, 'after');
    await bed.cluster.run(500);
    expect(lastSubject(2, VICTIM)).toBe('after');
    expect(logOf(2, bed.victim)).toEqual(logOf(VICTIM, bed.victim));
  });

  test('takes no record that its recorder did not sign, and says who brought it', async () => {
    const neighbour = bed.cluster.machine(2);
    const sequence = logOf(VICTIM, neighbour.id).length + 1;
    const forged = auditRecord({ recorderId: neighbour.id, sequence, subject: 'forged' });
    const records = [signAudit(bed.cluster.machine(VOICE).signer, forged)];
    bed.say({ type: 'audit-page', recorderId: neighbour.id, floor: 0, records, more: false });
    bed.say({ type: 'audit-page', recorderId: neighbour.id, floor: 0, records: [forged], more: false });
    await bed.cluster.run(500);
    expect(logOf(VICTIM, neighbour.id).some(({ subject }) => subject === 'forged')).toBe(false);
    expect(logOf(2, bed.victim).at(-1)).toMatchObject({ action: 'record-rejected', by: bed.voice });
    note(2, 'genuine');
    await bed.cluster.run(500);
    expect(lastSubject(VICTIM, 2)).toBe('genuine');
  });

  test('cannot be filled by one who sends nonsense without end', async () => {
    const { peer } = bed.cluster.machine(VICTIM);
    const before = logOf(VICTIM, bed.victim).length;
    for (let index = 0; index < 5000; index += 1) {
      peer.enqueue({ type: 'offence', from: bed.voice, reason: `nonsense ${index}` });
    }
    await bed.cluster.run(1000);
    expect(logOf(VICTIM, bed.victim).length - before).toBeLessThanOrEqual(AUDIT.refusalsPerWindow);
    await bed.cluster.run(AUDIT.refusalWindowMs);
    expect(logOf(VICTIM, bed.victim).at(-1)).toMatchObject({
      action: 'message-rejected',
      by: bed.voice,
      detail: 'nonsense 4999',
      suppressed: 5000 - AUDIT.refusalsPerWindow - 1,
    });
  });

  test('holds no control characters, and nothing too long', async () => {
    const detail = `\u001B[31mred\u0007 \u202Eevil\n${'x'.repeat(10_000)}`;
    bed.cluster.machine(VICTIM).peer.noteAudit('api-refused', { subject: 'a\u0000b', detail });
    await bed.cluster.run(500);
    const last = logOf(2, bed.victim).at(-1);
    expect(last?.subject).toBe('a?b');
    expect(last?.detail.startsWith('?[31mred? ?evil?xxx')).toBe(true);
    expect(last?.detail).toHaveLength(500);
    expect(bed.takeFaults()).toEqual([]);
  });
});
