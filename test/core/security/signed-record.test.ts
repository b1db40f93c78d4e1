/** Run records and audit records: signed by the machine that wrote them, in every field, and believed only then. */
import { utf8ToBytes } from '@noble/hashes/utils.js';
import { describe, expect, it } from 'vitest';
import { createSigner } from '../../../core/adapters/keys/ed25519.ts';
import type { AuditRecord } from '../../../core/domain/audit-record.ts';
import { runRecordSchema, type RunRecord } from '../../../core/domain/run.ts';
import type { Verifier } from '../../../core/ports/signer.ts';
import { decodePeerMessage, encodePeerMessage, encodeValue } from '../../../core/protocol/codec.ts';
import { isSignedAudit, signAudit } from '../../../core/security/signed-audit.ts';
import { recordFault, signRecord } from '../../../core/security/signed-record.ts';
import { NOON, record } from '../../fakes/run-records.ts';

const own = createSigner(new Uint8Array(32).fill(1));
const other = createSigner(new Uint8Array(32).fill(2));
const full: RunRecord = record({
  recorderId: own.self,
  machineId: own.self,
  state: 'failed',
  claimedAt: NOON,
  startedAt: NOON + 1,
  finishedAt: NOON + 2,
  fencingToken: 3,
  exitCode: 4,
  signal: 'SIGTERM',
  reason: { code: 'EXIT', text: 'exit code 4 – “bad”' },
  progress: 0.1,
  result: '{"a":1}',
  outputBytes: 5,
  outputDroppedBytes: 6,
  next: { attempt: 2, dueAt: NOON + 1000, avoid: [own.self] },
});

describe('a signed run record', () => {
  it('is believed by everyone, also after its way over the wire and through the database’s text', () => {
    const signed = signRecord(own, full);
    expect(runRecordSchema.parse(signed)).toEqual(signed);
    expect(recordFault(other, signed)).toBeUndefined();
    const page = { type: 'log-page', recorderId: own.self, floor: 0, records: [signed], more: false } as const;
    const arrived = decodePeerMessage(encodePeerMessage({ ...page, records: [signed] }));
    if (!arrived.ok || arrived.value.type !== 'log-page') throw new Error('the page arrives');
    expect(recordFault(other, arrived.value.records[0] as RunRecord)).toBeUndefined();
    expect(recordFault(other, JSON.parse(JSON.stringify(signed)) as RunRecord)).toBeUndefined();
  });

  it('is signed in the documented text, whatever its letters', () => {
    for (const reason of [full.reason, { code: 'EXIT', text: 'exit code 4' }]) {
      let message: Uint8Array | undefined;
      const sign = (text: Uint8Array): Uint8Array => own.sign((message = text.slice()));
      const { signature: _signature, ...rest } = signRecord({ sign }, { ...full, reason, next: undefined });
      expect(message).toEqual(new Uint8Array([...utf8ToBytes('carillon-record-1\0'), ...encodeValue(rest)]));
    }
  });

  it.each(Object.keys(full).filter((field) => field !== 'recorderId'))('is not believed with another %s', (field) => {
    const signed = signRecord(own, full);
    const changed: Record<string, unknown> = { ...signed, [field]: changedValue(signed[field as keyof RunRecord]) };
    expect(recordFault(other, changed as unknown as RunRecord)).toBeDefined();
  });

  it('is not believed without a field, with one more, in another’s name, or unsigned', () => {
    const signed = signRecord(own, full);
    const { progress: _progress, ...less } = signed;
    expect(recordFault(other, less)).toContain('not signed by its recorder');
    expect(recordFault(other, { ...signed, slot: own.self })).toContain('not signed by its recorder');
    expect(recordFault(other, { ...signed, recorderId: other.self, machineId: other.self })).toBeDefined();
    expect(recordFault(own, signRecord(other, full))).toContain('not signed by its recorder');
    expect(recordFault(other, full)).toBe('it is not signed');
    expect(recordFault(other, { ...signed, signature: '!'.repeat(86) })).toBeDefined();
  });

  it('is checked once as the same object, and anew as a copy', () => {
    let checks = 0;
    const counting: Verifier = {
      verify: (...signed) => {
        checks += 1;
        return other.verify(...signed);
      },
    };
    const signed = signRecord(own, full);
    for (let time = 0; time < 3; time += 1) expect(recordFault(counting, signed)).toBeUndefined();
    expect(checks).toBe(1);
    expect(recordFault(counting, { ...signed })).toBeUndefined();
    const forged = { ...signed, exitCode: 0 };
    for (let time = 0; time < 2; time += 1) expect(recordFault(counting, forged)).toBeDefined();
    expect(checks).toBe(4);
  });

  it('says of another machine’s run only what others can know', () => {
    const states = ['starting', 'running', 'succeeded', 'failed', 'timed-out', 'cancelled'] as const;
    for (const state of states) {
      const foreign = signRecord(own, { ...full, machineId: other.self, state });
      expect(recordFault(other, foreign)).toContain('a run of another machine');
    }
    for (const state of ['lost', 'skipped', 'refused', 'due', 'queued', 'withheld'] as const) {
      expect(recordFault(other, signRecord(own, { ...full, machineId: other.self, state }))).toBeUndefined();
    }
  });
});

describe('a signed audit record', () => {
  const note: AuditRecord = {
    recorderId: own.self,
    sequence: 1,
    at: NOON,
    action: 'task-changed',
    by: own.self,
    subject: 'backup',
    detail: 'schedule',
  };

  it('is believed as it was written and no other way', () => {
    const signed = signAudit(own, note);
    expect(isSignedAudit(other, signed)).toBe(true);
    expect(isSignedAudit(other, JSON.parse(JSON.stringify(signed)) as AuditRecord)).toBe(true);
    for (const change of [{ sequence: 2 }, { detail: 'action' }, { suppressed: 1 }, { by: other.self }, { at: 1 }]) {
      expect(isSignedAudit(other, { ...signed, ...change })).toBe(false);
    }
    expect(isSignedAudit(other, note)).toBe(false);
    expect(isSignedAudit(own, signAudit(other, note))).toBe(false);
  });

  it('is no run record, nor the other way round', () => {
    const signed = signRecord(own, full);
    expect(isSignedAudit(other, { ...note, signature: signed.signature })).toBe(false);
  });
});

function changedValue(value: unknown): unknown {
  if (typeof value === 'number') return value + 1;
  if (typeof value === 'string') return `${value.slice(0, -1)}${value.endsWith('z') ? 'y' : 'z'}`;
  return { kind: 'catch-up' };
}
