/** Pages of run logs always fit the message that carries them. */
import { describe, expect, test } from 'vitest';
import { LIMITS } from '../../../core/config/constants.ts';
import type { MachineId } from '../../../core/domain/ids.ts';
import { type RunRecord, runRecordSchema } from '../../../core/domain/run.ts';
import type { PeerMessage } from '../../../core/protocol/messages.ts';
import { decodePeerMessage, encodePeerMessage } from '../../../core/protocol/codec.ts';
import { firstPage } from '../../../core/protocol/log-page.ts';
import { machine, NOON, record } from '../../fakes/run-records.ts';

/** A record of the greatest length in every field, in characters that take three bytes. */
function largest(sequence: number): RunRecord {
  const by = machine('a');
  return runRecordSchema.parse(
    record({
      sequence,
      recorderId: by,
      machineId: by,
      slot: by,
      state: 'failed',
      cause: { kind: 'manual', triggerId: 't'.repeat(64), by, on: by, signature: 'A'.repeat(86) },
      nominalAt: NOON + sequence,
      claimedAt: NOON,
      startedAt: NOON,
      finishedAt: NOON,
      fencingToken: Number.MAX_SAFE_INTEGER,
      exitCode: 255,
      signal: 'S'.repeat(32),
      reason: { code: 'C'.repeat(64), text: '“'.repeat(LIMITS.reasonLength) },
      progress: 0.123_456_789,
      result: '“'.repeat(LIMITS.resultBytes),
      outputBytes: LIMITS.outputBytes,
      outputDroppedBytes: Number.MAX_SAFE_INTEGER,
      next: {
        attempt: 99,
        dueAt: NOON,
        avoid: Array.from({ length: LIMITS.machinesPerCluster }, (_, index): MachineId => machine(`m${index}`)),
      },
    }),
  );
}

function pagesOf(records: readonly RunRecord[]): (readonly RunRecord[])[] {
  const pages: (readonly RunRecord[])[] = [];
  for (let rest = records; rest.length > 0;) {
    const page = firstPage(rest);
    pages.push(page);
    rest = rest.slice(page.length);
  }
  return pages;
}

describe('a page of a run log', () => {
  test('fits a message, however large its records are, and the pages leave nothing out', () => {
    const records = Array.from({ length: LIMITS.recordsPerMessage + 1 }, (_, index) => largest(index + 1));
    const pages = pagesOf(records);
    expect(pages.flat()).toEqual(records);
    for (const page of pages) {
      const message: PeerMessage = {
        type: 'log-page',
        recorderId: machine('a'),
        floor: 0,
        records: [...page],
        more: true,
      };
      const bytes = encodePeerMessage(message);
      expect(bytes.length).toBeLessThanOrEqual(LIMITS.controlMessageBytes);
      expect(decodePeerMessage(bytes).ok).toBe(true);
    }
  });

  test('holds as many ordinary records as a message may', () => {
    const records = Array.from({ length: 2 * LIMITS.recordsPerMessage }, (_, index) =>
      record({ sequence: index + 1, nominalAt: NOON + index }),
    );
    expect(pagesOf(records).map((page) => page.length)).toEqual([LIMITS.recordsPerMessage, LIMITS.recordsPerMessage]);
    expect(firstPage([])).toEqual([]);
  });
});
