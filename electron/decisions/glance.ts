/**
 * The state of the cluster at a glance, as the tray shows it: fine, running, attention (something failed or asks for a
 * person), offline (no core). Pure: from what the API said to what is shown.
 */
import type { ClusterStatus } from '../../core/api/cluster-schemas.ts';
import type { ForecastOutput } from '../../core/api/forecast-schemas.ts';
import type { PairingList } from '../../core/api/pairing-schemas.ts';
import type { PolicyOutput } from '../../core/api/policy-schemas.ts';
import type { RunOutput } from '../../core/api/run-schemas.ts';
import type { CoreState } from './core-supervisor.ts';

export const GLANCE_KINDS = ['fine', 'running', 'attention', 'offline'] as const;
export type GlanceKind = (typeof GLANCE_KINDS)[number];

/** What was asked of the API. */
export interface Facts {
  readonly status: ClusterStatus;
  /** Runs that go on anywhere, newest first. */
  readonly running: readonly RunOutput[];
  /** Some of them go on on this very machine. */
  readonly isBusyHere: boolean;
  /** Runs that failed for good while the app runs, newest first. */
  readonly failed: readonly RunOutput[];
  readonly upcoming: ForecastOutput['occurrences'];
  readonly asking: PairingList['asked'];
  readonly conflicts: readonly { readonly id: string; readonly name: string }[];
  readonly policy: PolicyOutput['policy'];
}

export interface Glance {
  readonly kind: GlanceKind;
  /** One line. */
  readonly summary: string;
  readonly running: readonly { readonly runId: string; readonly text: string }[];
  readonly next: readonly { readonly taskId: string; readonly text: string }[];
  /** Undefined: not paused. `true`: until a person ends it. Else epoch milliseconds. */
  readonly pausedUntil: number | true | undefined;
}

export const MOST_RUNNING_SHOWN = 5;
export const MOST_NEXT_SHOWN = 3;

/** Why there is no core, in words. */
export function offlineText(state: Exclude<CoreState, { kind: 'serving' }>): string {
  switch (state.kind) {
    case 'starting':
      return 'Starting …';
    case 'down':
      return `Not running: ${state.reason.replace(/\.$/, '')}. Started again at ${new Date(state.retryAt).toLocaleTimeString()}.`;
    case 'asleep':
      return 'At rest';
    case 'stopped':
      return 'Ending …';
  }
}

/** @param reason why there is no core. */
export function offlineGlance(reason: string): Glance {
  return { kind: 'offline', summary: reason, running: [], next: [], pausedUntil: undefined };
}

/** @param wallMs now, epoch milliseconds. @param nameOf the name of a task by its id. */
export function glanceOf(facts: Facts, wallMs: number, nameOf: (taskId: string) => string): Glance {
  const { status, running, upcoming } = facts;
  const troubles = troublesOf(facts);
  const kind = troubles.length > 0 ? 'attention' : running.length > 0 ? 'running' : 'fine';
  return {
    kind,
    summary: [status.cluster?.name ?? 'No cluster yet', ...troubles, runningText(running.length)].join(' · '),
    running: running.slice(0, MOST_RUNNING_SHOWN).map((run) => ({
      runId: run.id,
      text: `${nameOf(run.taskId)} on ${run.machineName ?? 'another machine'}`,
    })),
    next: upcoming.slice(0, MOST_NEXT_SHOWN).map(({ taskId, taskName, at }) => ({
      taskId,
      text: `${timeText(Date.parse(at), wallMs)}  ${taskName}`,
    })),
    pausedUntil: pauseOf(facts.policy.paused, wallMs),
  };
}

function troublesOf({ failed, asking, conflicts, status }: Facts): string[] {
  const troubles: string[] = [];
  if (failed.length > 0) troubles.push(counted(failed.length, 'failure'));
  if (asking.length > 0) troubles.push(`${counted(asking.length, 'machine')} asking to join`);
  if (conflicts.length > 0) troubles.push(counted(conflicts.length, 'conflict'));
  if (status.warnings.length > 0) troubles.push(counted(status.warnings.length, 'warning'));
  return troubles;
}

function runningText(count: number): string {
  return count === 0 ? 'nothing running' : `${count} running`;
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

function pauseOf(paused: PolicyOutput['policy']['paused'], wallMs: number): number | true | undefined {
  return typeof paused === 'number' && paused <= wallMs ? undefined : paused;
}

/** The time of day, with the day where it is not today. */
export function timeText(atMs: number, wallMs: number): string {
  const at = new Date(atMs);
  const time = at.toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit' });
  const isToday = at.toDateString() === new Date(wallMs).toDateString();
  return isToday ? time : `${at.toLocaleDateString(undefined, { weekday: 'short', day: 'numeric' })} ${time}`;
}

/** The next morning, at which a pause "until tomorrow" ends: 6 o'clock of this machine. */
export function tomorrow(wallMs: number): number {
  const at = new Date(wallMs);
  at.setDate(at.getDate() + 1);
  return at.setHours(6, 0, 0, 0);
}
