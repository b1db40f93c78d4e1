/**
 * Promptness, a part of liveness: in a cluster that has been undisturbed for a while, what comes due starts at once.
 * Where something of the machine or of the task itself may have held it up (slots, an earlier run, an earlier attempt),
 * nothing is demanded.
 *
 * A machine whose database was made anew must not answer for what came due before that, for it may have granted it and
 * forgotten (`claims/claim-rules`). Where its clock was hours ahead then, that goes on for hours in which all is calm: what
 * it owns under at-most-once is asked for by the next in line, one standby's patience later for each such machine.
 */
import { TIMES } from '../../../core/config/constants.ts';
import type { MachineId } from '../../../core/domain/ids.ts';
import type { TaskDefinition } from '../../../core/domain/task.ts';
import { jitterOf } from '../../../core/scheduling/jitter.ts';
import type { RealStart } from '../sim-processes.ts';
import { LOOK_EVERY_MS } from '../observer.ts';
import type { CheckScene } from './checker.ts';
import { type Evidence, type Findings, nameStart } from './evidence.ts';
import { runOnSeveral } from './touch.ts';

/** So long it must have been undisturbed: longer than a stretched suspicion, a take-over and a retry last. */
const UNDISTURBED_MS = 60_000;
/** From the due instant to the process: one round of claims, and no standby's patience. */
const AT_ONCE_MS = 550;

export function checkPromptness(scene: CheckScene, evidence: Evidence, findings: Findings): void {
  const { cluster, observer } = scene;
  const busy = busyTimes(cluster.starts);
  for (const task of scene.steady) {
    if (runOnSeveral(task)) continue;
    const scheduled = scheduledRuns(evidence, task);
    let previous: RealStart | undefined;
    for (const start of evidence.starts.get(task.id) ?? []) {
      const before = previous;
      previous = start;
      const nominalAt = scheduled.get(start.runId);
      if (nominalAt === undefined || start.attempt > 1) continue;
      const dueAtMs = nominalAt + jitterOf(start.occurrenceId, task.schedule.jitterMs) - cluster.epochMs;
      const unsure = task.policy.guarantee === 'at-most-once' ? unsureMachines(evidence, cluster.epochMs + dueAtMs) : 0;
      if (start.atMs - dueAtMs <= AT_ONCE_MS + unsure * TIMES.standbyMs) continue;
      const heldUp = before !== undefined && (before.endedAtMs ?? Infinity) > dueAtMs - 1000;
      if (heldUp || hasCompany(busy, start, dueAtMs)) continue;
      if (!observer.undisturbed.held(dueAtMs - UNDISTURBED_MS, start.atMs + LOOK_EVERY_MS)) continue;
      const lateMs = (start.atMs - dueAtMs).toFixed(0);
      findings.add(start.atMs, `${task.id}: ${nameStart(cluster, start)}, ${lateMs} ms late though all was calm`);
    }
  }
}

/** Members that cannot know whether they have granted what came due at an instant (epoch milliseconds). */
function unsureMachines({ members }: Evidence, dueAt: number): number {
  return members.filter(({ disk }) => disk.tables.grantsCompleteSince > dueAt).length;
}

/** Nominal instants of scheduled runs, by run. */
function scheduledRuns(evidence: Evidence, task: TaskDefinition): Map<string, number> {
  const [member] = evidence.members;
  const runs = member === undefined ? [] : (evidence.runs.get(member.id)?.get(task.id) ?? []);
  return new Map(runs.filter(({ cause }) => cause.kind === 'schedule').map((run) => [run.id, run.nominalAt]));
}

/** When each machine had anything to run, in order of time. */
function busyTimes(starts: readonly RealStart[]): Map<MachineId, RealStart[]> {
  const busy = new Map<MachineId, RealStart[]>();
  for (const start of starts) {
    const list = busy.get(start.machine);
    if (list === undefined) busy.set(start.machine, [start]);
    else list.push(start);
  }
  return busy;
}

/** Any machine may have had no room then: what it owned was run by another, later. */
function hasCompany(busy: ReadonlyMap<MachineId, readonly RealStart[]>, own: RealStart, dueAtMs: number): boolean {
  for (const starts of busy.values()) {
    let running = 0;
    for (const start of starts) {
      if (start !== own && start.atMs <= own.atMs && (start.endedAtMs ?? Infinity) > dueAtMs) running += 1;
    }
    if (running >= ROOMY) return true;
  }
  return false;
}

/** With fewer runs than this, and as many claims under way, no machine of a story lacks a slot. */
const ROOMY = 1;
