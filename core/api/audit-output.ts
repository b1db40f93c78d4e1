/** The answer of an audit: totals, and each instant that was not on time. */
import { LIMITS } from '../config/constants.ts';
import type { MachineId, TaskId } from '../domain/ids.ts';
import type { AuditEntry, AuditVerdict } from '../history/audit.ts';
import type { PeerHandle } from '../peer/peer-handle.ts';
import { appError } from '../std/app-error.ts';
import { type Result, err, ok } from '../std/result.ts';
import { isoOf } from './api-values.ts';
import type { AuditOutput } from './audit-schemas.ts';
import { valueOf } from './implementer.ts';
import { findTask, machineNames } from './references.ts';
import { auditTasks, machineOf } from './run-audit.ts';

export interface AuditRequest {
  readonly task?: TaskId | undefined;
  /** Epoch milliseconds. */
  readonly since: number;
  readonly until?: number | undefined;
  readonly onTimeMs: number;
}

/** TASK_NOT_FOUND; INVALID_INPUT when the period ends before it begins. @param now epoch milliseconds */
export async function auditOutputOf(peer: PeerHandle, request: AuditRequest, now: number): Promise<AuditOutput> {
  const { since, onTimeMs } = request;
  const until = valueOf(endOf(request, now));
  const all = request.task === undefined ? peer.view.tasks() : [valueOf(findTask(peer.view, request.task))];
  const inOrder = all.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const nameOf = machineNames(peer.view);
  const totals: Record<AuditVerdict, number> = {
    'on-time': 0,
    late: 0,
    doubled: 0,
    skipped: 0,
    withheld: 0,
    pending: 0,
    missed: 0,
  };
  const tasks: AuditOutput['tasks'] = [];
  const findings: AuditOutput['findings'] = [];
  let truncated = false;
  for await (const audit of auditTasks(peer, { tasks: inOrder, since, until, onTimeMs, now })) {
    const { task, report } = audit;
    truncated ||= audit.truncated;
    for (const [verdict, count] of Object.entries(report.totals)) totals[verdict as AuditVerdict] += count;
    tasks.push({
      taskId: task.id,
      since: isoOf(audit.from),
      until: isoOf(audit.until),
      totals: { ...report.totals },
      unexpected: report.unexpected.length,
    });
    for (const entry of report.entries) {
      if (entry.verdict === 'on-time') continue;
      if (findings.length >= LIMITS.auditFindings) truncated = true;
      else findings.push(findingOf(entry, nameOf));
    }
  }
  return { since: isoOf(since), until: isoOf(until), totals, tasks, findings, truncated };
}

/** Nothing that is yet to come due is audited. */
function endOf({ since, until }: AuditRequest, now: number): Result<number> {
  const end = Math.min(until ?? now, now);
  if (since < end) return ok(end);
  const why = end === until ? 'not after it begins' : 'and what is yet to come due cannot be audited';
  const period = `the period begins at ${isoOf(since)} and ends at ${isoOf(end)}`;
  return err(appError('INVALID_INPUT', `${period}, ${why}: give an earlier since`, { field: 'since' }));
}

function findingOf(entry: AuditEntry, nameOf: (id: MachineId) => string | null): AuditOutput['findings'][number] {
  const machine = machineOf(entry.runs);
  return {
    taskId: entry.taskId,
    nominalAt: isoOf(entry.nominalAt),
    verdict: entry.verdict,
    latenessMs: entry.latenessMs ?? null,
    machineName: machine === undefined ? null : nameOf(machine),
    follows: entry.follows ?? null,
    reason: entry.reason ?? null,
    runIds: entry.runs.map((run) => run.id),
  };
}
