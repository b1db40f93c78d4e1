/** Handlers of the group `audit`: the audit logs of all machines, as this one holds them. */
import type { z } from 'zod';
import type { AuditRecord } from '../domain/audit-record.ts';
import type { MachineId } from '../domain/ids.ts';
import type { PeerHandle } from '../peer/peer-handle.ts';
import type { AuditFilter } from '../ports/run-queries.ts';
import { isoOf } from './api-values.ts';
import type { AuditRecordOutput, listAuditInput } from './audit-log-schemas.ts';
import { type ApiParts, valueOf } from './implementer.ts';
import { findPastMachine, machineNames } from './references.ts';

export function auditLogProcedures({ os, peer }: ApiParts) {
  return {
    list: os.audit.list.handler(async ({ input }) => {
      const page = await peer.runs.audit(filterOf(peer, input), input.limit, input.cursor);
      const nameOf = machineNames(peer.view);
      return {
        records: page.records.map((record) => auditRecordOutputOf(record, nameOf)),
        nextCursor: page.nextCursor ?? null,
      };
    }),
  };
}

function filterOf(peer: PeerHandle, input: z.output<typeof listAuditInput>): AuditFilter {
  const { action, machine, from, to, text } = input;
  return {
    ...(action === undefined ? {} : { action }),
    ...(machine === undefined ? {} : { machineId: valueOf(findPastMachine(peer.view, machine)) }),
    ...(from === undefined ? {} : { since: from }),
    ...(to === undefined ? {} : { until: to }),
    ...(text === undefined || text === '' ? {} : { text }),
  };
}

function auditRecordOutputOf(record: AuditRecord, nameOf: (id: MachineId) => string | null): AuditRecordOutput {
  const { at, action, recorderId, sequence, by, subject, detail, suppressed } = record;
  return {
    at: isoOf(at),
    action,
    recorderId,
    recorderName: nameOf(recorderId),
    sequence,
    byId: by ?? null,
    byName: by === undefined ? null : nameOf(by),
    subject,
    detail,
    suppressed: suppressed ?? 0,
  };
}
