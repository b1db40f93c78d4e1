/** Whether a machine may run a task at all, by what every machine knows of it; the reason is for people. */
import type { MachineFacts, RosterEntry } from '../domain/machine.ts';
import type { Placement } from '../domain/placement.ts';
import type { Task } from '../domain/task.ts';
import { taskRefusal } from './policy-rules.ts';

export interface Candidate {
  readonly entry: RosterEntry;
  /** Undefined until the machine has been heard of. */
  readonly facts: MachineFacts | undefined;
  readonly alive: boolean;
  /** Set while the machine takes no runs. */
  readonly notAccepting: string | undefined;
}

/** Why this machine takes no tasks of any kind now; undefined when it does. */
export function unavailableReason(candidate: Candidate): string | undefined {
  if (candidate.entry.removed) return 'it was removed from the cluster';
  if (!candidate.entry.roles.includes('executor')) return 'it has not the role "executor"';
  if (candidate.entry.drained) return 'it is drained';
  if (!candidate.alive) return 'it cannot be reached';
  if (candidate.notAccepting !== undefined) return `it takes no runs: ${candidate.notAccepting}`;
  if (candidate.facts?.slots === 0) return 'it has no slots';
  return undefined;
}

/** What of a task decides where it may run. */
export type PlacedBy = Pick<Task, 'placement' | 'about' | 'action'>;

/** Why the placement, or the machine's own policy, rules this machine out; undefined when it matches. */
export function mismatchReason(task: PlacedBy, candidate: Candidate): string | undefined {
  return placementReason(task.placement, candidate) ?? taskRefusal(candidate.facts?.policy, task);
}

/**
 * Why policies alone keep every machine that the placement allows from running a task, in words; undefined when one of
 * them would run it, be it there or not, or the placement allows none.
 */
export function policyVerdict(task: PlacedBy, candidates: Iterable<Candidate>): string | undefined {
  const reasons: string[] = [];
  for (const candidate of candidates) {
    const { entry, facts } = candidate;
    if (entry.removed || !entry.roles.includes('executor')) continue;
    if (placementReason(task.placement, candidate) !== undefined) continue;
    const reason = taskRefusal(facts?.policy, task);
    if (reason === undefined) return undefined;
    reasons.push(`${entry.name}: ${reason}`);
  }
  return reasons.length === 0 ? undefined : reasons.sort().join('; ');
}

function placementReason(placement: Placement, candidate: Candidate): string | undefined {
  const { entry, facts } = candidate;
  if (placement.mode === 'pin' && placement.machine !== entry.id) return 'the task is pinned to another machine';
  for (const [key, value] of Object.entries(placement.labels)) {
    if (entry.labels[key] !== value) return `its label ${key} is ${entry.labels[key] ?? 'not set'}, not ${value}`;
  }
  const systems = placement.operatingSystems;
  if (systems.length > 0 && !systems.includes(facts?.operatingSystem ?? '')) {
    return `its system is ${facts?.operatingSystem ?? 'unknown'}, not ${systems.join(' or ')}`;
  }
  const architectures = placement.architectures;
  if (architectures.length > 0 && !architectures.includes(facts?.architecture ?? '')) {
    return `its architecture is ${facts?.architecture ?? 'unknown'}, not ${architectures.join(' or ')}`;
  }
  return undefined;
}

export function ineligibleReason(task: PlacedBy, candidate: Candidate): string | undefined {
  return unavailableReason(candidate) ?? mismatchReason(task, candidate);
}

/** Two tasks with the same key are ruled out by the same policies of machines. */
export function policyKey({ about, action }: Pick<Task, 'about' | 'action'>): string {
  const where = action.type === 'http' ? '' : action.workingDirectory;
  const program = action.type === 'command' ? action.argv[0] : '';
  return JSON.stringify([
    action.type,
    where,
    program,
    action.type === 'http' ? '' : action.user,
    about.tags.toSorted(),
  ]);
}

/** Two placements with the same key match the same machines. */
export function selectorKey(placement: Placement): string {
  const labels = Object.entries(placement.labels).sort(([a], [b]) => (a < b ? -1 : 1));
  if (
    placement.mode !== 'pin' &&
    labels.length + placement.operatingSystems.length + placement.architectures.length === 0
  )
    return '';
  return JSON.stringify([
    placement.mode === 'pin' ? placement.machine : '',
    labels,
    placement.operatingSystems,
    placement.architectures,
  ]);
}
