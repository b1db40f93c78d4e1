/**
 * At-least-once: whatever came due while a machine that could run it was up and well has a run or a recorded reason.
 * Two starts of one attempt only where the two machines could reach neither each other nor a common third when they
 * claimed; those are counted, and are marked as duplicates on every machine once the sides have met.
 */
import type { MachineId } from '../../../core/domain/ids.ts';
import { isByClock } from '../../../core/domain/run.ts';
import type { TaskDefinition } from '../../../core/domain/task.ts';
import { compileSchedule, occurrencesBetween } from '../../../core/scheduling/occurrence.ts';
import type { SimMachine } from '../sim-machine.ts';
import type { RealStart } from '../sim-processes.ts';
import type { Checker, CheckScene } from './checker.ts';
import { type Evidence, evidenceOf, Findings, nameStart, startsByTask, tasksOf } from './evidence.ts';
import { couldMeet } from './touch.ts';

/** How long a machine must have been well before and after an instant to be expected to deal with it. */
const WELL_BEFORE_MS = 20_000;
const WELL_AFTER_MS = 30_000;
/** The story's last minute is not judged: what came due then may still be under way. */
const LAST_MS = 60_000;
const OCCURRENCES_MAX = 1_000_000;

export const atLeastOnce: Checker = {
  invariant: 'at-least-once',
  check: async (scene) => {
    const findings = new Findings('at-least-once');
    const evidence = await evidenceOf(scene);
    for (const task of scene.steady) checkAccounted(scene, evidence, task, findings);
    for (const { task, earlier, later } of doubleStarts(scene)) {
      if (couldMeet(scene, earlier, later)) {
        const names = `${nameStart(scene.cluster, earlier)}, and again ${nameStart(scene.cluster, later)}`;
        findings.add(later.atMs, `${task.id}: started twice though both could have known: ${names}`);
      }
      checkMarked(scene, evidence, earlier, later, findings);
    }
    return findings.violations;
  },
};

interface DoubleStart {
  readonly task: TaskDefinition;
  readonly earlier: RealStart;
  readonly later: RealStart;
}

/** Pairs of starts of one attempt of at-least-once tasks. */
function doubleStarts(scene: CheckScene): DoubleStart[] {
  const starts = startsByTask(scene.cluster.starts);
  const doubled: DoubleStart[] = [];
  for (const task of tasksOf(scene)) {
    if (task.policy.guarantee !== 'at-least-once') continue;
    const first = new Map<string, RealStart>();
    for (const later of starts.get(task.id) ?? []) {
      const key = `${later.occurrenceId}/${later.attempt}`;
      const earlier = first.get(key);
      if (earlier === undefined) first.set(key, later);
      else doubled.push({ task, earlier, later });
    }
  }
  return doubled;
}

function checkAccounted(scene: CheckScene, evidence: Evidence, task: TaskDefinition, findings: Findings): void {
  const { cluster, observer } = scene;
  const compiled = compileSchedule(task.schedule);
  if (!compiled.ok) throw new Error(compiled.error.message);
  const from = cluster.epochMs + scene.beginMs + 1000;
  const until = cluster.epochMs + scene.endMs - LAST_MS;
  const { instants, truncated } = occurrencesBetween(compiled.value, from, until, OCCURRENCES_MAX);
  if (truncated) throw new Error(`${task.id} comes due more often than can be judged`);
  const able = machinesFor(evidence, task);
  for (const member of evidence.members) {
    const known = nominalInstants(evidence, member.id, task);
    for (const instant of instants) {
      if (known.has(instant)) continue;
      const atMs = instant - cluster.epochMs;
      const well = able.filter(({ id }) => observer.accepted(id, atMs - WELL_BEFORE_MS, atMs + WELL_AFTER_MS));
      if (well.length === 0) continue;
      const names = well.map(({ name }) => name).join();
      findings.add(atMs, `${task.id} of ${atMs.toFixed(0)} is unknown to ${member.name}, though ${names} was well`);
    }
  }
}

/** Members that the placement of the task admits. */
function machinesFor({ members }: Evidence, { placement }: TaskDefinition): readonly SimMachine[] {
  return members.filter((machine) => {
    if (placement.mode === 'pin' && placement.machine !== machine.id) return false;
    const entry = machine.peer.view.machines().find(({ self }) => self)?.entry;
    const labelled = Object.entries(placement.labels).every(([key, value]) => entry?.labels[key] === value);
    return entry?.roles.includes('executor') === true && labelled;
  });
}

/** Nominal instants of the task's schedule that the member has any record of. */
function nominalInstants(evidence: Evidence, member: MachineId, task: TaskDefinition): Set<number> {
  const runs = evidence.runs.get(member)?.get(task.id) ?? [];
  return new Set(runs.filter(({ cause }) => isByClock(cause)).map(({ nominalAt }) => nominalAt));
}

/** Where both runs are known in the end, both are shown as duplicates. */
function checkMarked(
  scene: CheckScene,
  evidence: Evidence,
  earlier: RealStart,
  later: RealStart,
  findings: Findings,
): void {
  if (earlier.machine === later.machine) return;
  for (const member of evidence.members) {
    const runs = evidence.runs.get(member.id)?.get(later.taskId) ?? [];
    const both = runs.filter(({ id }) => id === earlier.runId || id === later.runId);
    if (both.length < 2 || both.every(({ duplicate }) => duplicate)) continue;
    findings.add(later.atMs, `${member.name} does not mark as duplicate: ${nameStart(scene.cluster, later)}`);
  }
}
