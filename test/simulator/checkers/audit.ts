/**
 * Audit: what `carillon audit` says is true. Each member audits every task from its own logs alone; all must come to the
 * same verdicts, and an observer who saw every real start must agree: what is said to have started did, once or twice as
 * it says, in time or late; what is said not to have started did not; nothing that started is missing from the logs.
 */
import type { OccurrenceId } from '../../../core/domain/ids.ts';
import { isByClock, type Run, type RunRecord } from '../../../core/domain/run.ts';
import type { TaskDefinition } from '../../../core/domain/task.ts';
import { TIMES } from '../../../core/config/constants.ts';
import { type AuditEntry, type AuditReport, auditTask } from '../../../core/history/audit.ts';
import { endOf, endsFollowed, upstreamsOf } from '../../../core/scheduling/followers.ts';
import { compileSchedule, countOccurrences, occurrencesBetween } from '../../../core/scheduling/occurrence.ts';
import type { RealStart } from '../sim-processes.ts';
import type { SimMachine } from '../sim-machine.ts';
import type { Checker, CheckScene } from './checker.ts';
import { type Evidence, evidenceOf, Findings, nameStart } from './evidence.ts';
import { couldTell } from './touch.ts';

const OCCURRENCES_MAX = 1_000_000;
/** What came due in the last minute may still be under way. */
const LAST_MS = 60_000;
/** Clocks of machines may be off by this: nearer to the bound nobody can say what is late. */
const CLOCKS_MS = 15_000;

export const audit: Checker = {
  invariant: 'audit',
  check: async (scene) => {
    const findings = new Findings('audit');
    const evidence = await evidenceOf(scene);
    checkComplete(scene, evidence, findings);
    for (const task of scene.steady) {
      const reports = evidence.members.map((machine) => ({ machine, report: auditOn(scene, evidence, machine, task) }));
      const [reference] = reports;
      if (reference === undefined) continue;
      compareReports(scene, task, reports, findings);
      checkCounts(scene, task, evidence.runs.get(reference.machine.id)?.get(task.id) ?? [], findings);
      const real = startsByOccurrence(evidence.starts.get(task.id) ?? []);
      for (const entry of reference.report.entries) checkEntry(scene, task, entry, real, findings);
    }
    return findings.violations;
  },
};

function auditOn(scene: CheckScene, evidence: Evidence, machine: SimMachine, task: TaskDefinition): AuditReport {
  const { cluster } = scene;
  const compiled = compileSchedule(task.schedule);
  if (!compiled.ok) throw new Error(compiled.error.message);
  const from = cluster.epochMs + scene.beginMs + 1000;
  const until = cluster.epochMs + scene.endMs - LAST_MS;
  const { instants } = occurrencesBetween(compiled.value, from, until, OCCURRENCES_MAX);
  const byTask = evidence.runs.get(machine.id);
  const upstream = [...upstreamsOf(task.schedule)].flatMap((id) => byTask?.get(id) ?? []);
  const within = upstream.filter((run) => endOf(run) > from && endOf(run) <= until);
  return auditTask({
    taskId: task.id,
    expected: instants,
    ends: endsFollowed(task.schedule, compiled.value, within),
    runs: byTask?.get(task.id) ?? [],
    onTimeMs: TIMES.onTimeMs,
    now: cluster.epochMs + cluster.time.now,
  });
}

function compareReports(
  { cluster }: CheckScene,
  task: TaskDefinition,
  reports: readonly { readonly machine: SimMachine; readonly report: AuditReport }[],
  findings: Findings,
): void {
  const [reference, ...others] = reports;
  if (reference === undefined) return;
  const texts = reference.report.entries.map(textOf);
  for (const { machine, report } of others) {
    for (const [index, entry] of report.entries.entries()) {
      if (textOf(entry) === texts[index]) continue;
      const what = `${task.id} of ${entry.nominalAt - cluster.epochMs}`;
      findings.add(
        entry.nominalAt - cluster.epochMs,
        `${what}: ${reference.machine.name} says ${texts[index] ?? ''}, ${machine.name} ${textOf(entry)}`,
      );
    }
  }
}

function textOf({ verdict, latenessMs, reason }: AuditEntry): string {
  return `${verdict} ${latenessMs ?? ''} ${reason?.code ?? ''}`;
}

/** Is the verdict what really happened? */
function checkEntry(
  scene: CheckScene,
  task: TaskDefinition,
  entry: AuditEntry,
  real: ReadonlyMap<OccurrenceId, readonly RealStart[]>,
  findings: Findings,
): void {
  const { cluster, observer } = scene;
  const atMs = entry.nominalAt - cluster.epochMs;
  const occurrences = [...new Set(entry.runs.map(({ occurrenceId }) => occurrenceId))];
  const all = occurrences.flatMap((id) => real.get(id) ?? []);
  const starts = all.filter((start) => !isLost(scene, start));
  const contradict = (truth: string): void => {
    findings.add(atMs, `${task.id} of ${atMs} is said to be "${textOf(entry)}", but ${truth}`);
  };
  const names = starts.map((start) => nameStart(cluster, start)).join(' and ');
  switch (entry.verdict) {
    case 'missed':
      // Its runs are unknown, so the occurrence is looked for by the instant: there is none to look for.
      return;
    case 'pending':
    case 'skipped':
    case 'withheld':
      // A task on several machines is judged by the worst of them: others may have started.
      if (starts.length > 0 && occurrences.length === 1) contradict(`it started: ${names}`);
      return;
    case 'doubled':
      if (!isDoubled(entry, all)) contradict(`one machine alone started it: ${names}`);
      return;
    case 'on-time':
    case 'late': {
      if (all.length === 0) return mayHaveStarted(entry) ? undefined : contradict('nothing started');
      if (starts.length < all.length) return;
      if (hasTwins(starts)) return contradict(`one attempt started twice: ${names}`);
      // What is late is told by the clock of the machine: where that was wrong, nothing can be said.
      const inTime = starts.every(({ machine, atMs: at }) =>
        observer.clockWasRight(machine, at - CLOCKS_MS, at + 2000),
      );
      if (!inTime || (entry.follows !== undefined && !allClocksWereRight(scene))) return;
      const lateMs = Math.min(...starts.map((start) => start.atMs)) - atMs - task.schedule.jitterMs / 2;
      const slackMs = CLOCKS_MS + task.schedule.jitterMs / 2;
      if (occurrences.length > 1 || Math.abs(lateMs - TIMES.onTimeMs) < slackMs) return;
      if (lateMs > TIMES.onTimeMs !== (entry.verdict === 'late')) contradict(`it started ${lateMs.toFixed(0)} ms late`);
    }
  }
}

/** What a follower's lateness counts from is the end of another run, by the clock of whatever machine wrote that. */
function allClocksWereRight({ cluster, observer }: CheckScene): boolean {
  return cluster.machines.every(({ id }) => observer.clockWasRight(id, 0, cluster.time.now));
}

/** It was written that it starts, and then it was lost: from the logs nobody can tell whether there was a process. */
function mayHaveStarted({ runs }: AuditEntry): boolean {
  return runs.some(
    ({ state, claimedAt, startedAt }) => state === 'lost' && claimedAt !== undefined && startedAt === undefined,
  );
}

/** The same attempt started on two machines. */
function hasTwins(starts: readonly RealStart[]): boolean {
  const seen = new Set<string>();
  for (const { occurrenceId, attempt, machine } of starts) {
    const key = `${occurrenceId}/${attempt}`;
    if (seen.has(key) && !seen.has(`${key} ${machine}`)) return true;
    seen.add(key).add(`${key} ${machine}`);
  }
  return false;
}

/**
 * Two machines at least have written that they start it, or did. What was written and then not started (the power failed
 * in between) cannot be told from what was, so it counts.
 */
function isDoubled({ runs }: AuditEntry, starts: readonly RealStart[]): boolean {
  const claimed = runs.filter(({ claimedAt }) => claimedAt !== undefined).map(({ machineId }) => machineId);
  return new Set([...claimed, ...starts.map(({ machine }) => machine)]).size > 1;
}

/** A long list of missed occurrences is told as the newest of them and a number: the number is right. */
function checkCounts(
  { cluster, observer }: CheckScene,
  task: TaskDefinition,
  runs: readonly Run[],
  findings: Findings,
): void {
  const compiled = compileSchedule(task.schedule);
  if (!compiled.ok) return;
  for (const run of runs) {
    const told = /(\d+) in all since the last run$/.exec(run.reason?.text ?? '')?.[1];
    if (told === undefined) continue;
    // As it was written: some of it may have been started by others after all.
    const own = ownRecordsOf(cluster.byId(run.recorderId), task).filter(({ sequence }) => sequence <= run.sequence);
    const batch = own.filter(({ recordedAt, reason }) => {
      return recordedAt === run.recordedAt && reason?.code === run.reason?.code;
    });
    const oldest = Math.min(...batch.map(({ nominalAt }) => nominalAt));
    // What others ran it may not have known of then; what it had recorded itself it did. (An attempt that it wrote later of
    // something older, of which the others told it afterwards, it could not count.)
    const earlier = own.filter(({ nominalAt, cause }) => nominalAt < oldest && isByClock(cause));
    if (earlier.length === 0) continue;
    const since = Math.max(...earlier.map(({ nominalAt }) => nominalAt));
    const count = countOccurrences(compiled.value, since, run.nominalAt);
    const atMs = run.recordedAt - cluster.epochMs;
    const sane = observer.clockWasRight(run.recorderId, 0, cluster.time.now);
    if (Number(told) <= count || !sane || observer.destroyedAtMs(run.recorderId) !== undefined) continue;
    findings.add(
      atMs,
      `${task.id}: ${told} are said to have been missed until ${run.nominalAt}, but ${count} came due`,
    );
  }
}

function ownRecordsOf({ disk, id }: SimMachine, task: TaskDefinition): readonly RunRecord[] {
  return disk.tables.logs.get(id)?.records.filter(({ taskId }) => taskId === task.id) ?? [];
}

/**
 * Nobody believes a machine that is no member (it was removed, or whoever admitted it was); what a destroyed database
 * alone had held is gone; and so is what a machine that people took away for good could tell nobody while it was there.
 */
function isLost(scene: CheckScene, { machine, atMs }: RealStart): boolean {
  const { cluster, observer } = scene;
  if (!observer.isMember(machine) || (observer.destroyedAtMs(machine) ?? -Infinity) >= atMs) return true;
  return cluster.byId(machine).retired && !couldTell(scene, machine, atMs);
}

/** Every real start is in the logs of every member, as a run that started there. */
function checkComplete(scene: CheckScene, evidence: Evidence, findings: Findings): void {
  const { cluster } = scene;
  for (const member of evidence.members) {
    const known = new Set<string>();
    for (const runs of evidence.runs.get(member.id)?.values() ?? []) {
      for (const { id, claimedAt } of runs) if (claimedAt !== undefined) known.add(id);
    }
    for (const start of cluster.starts) {
      if (known.has(start.runId) || start.atMs > cluster.time.now - LAST_MS) continue;
      if (isLost(scene, start)) continue;
      findings.add(start.atMs, `${member.name} has no record of ${start.taskId} ${nameStart(cluster, start)}`);
    }
  }
}

function startsByOccurrence(starts: readonly RealStart[]): Map<OccurrenceId, RealStart[]> {
  const byOccurrence = new Map<OccurrenceId, RealStart[]>();
  for (const start of starts) {
    const list = byOccurrence.get(start.occurrenceId);
    if (list === undefined) byOccurrence.set(start.occurrenceId, [start]);
    else list.push(start);
  }
  return byOccurrence;
}
