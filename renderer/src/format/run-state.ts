/** How each state of a run is told: its word, its tone (which colour means what) and its group in the filter. */
import type { RunState } from '../../../core/domain/run.ts';

export type Tone = 'ok' | 'bad' | 'warn' | 'live' | 'quiet';
export type RunGroup = 'active' | 'waiting' | 'succeeded' | 'failed' | 'not-run';

interface StateLook {
  readonly label: string;
  readonly tone: Tone;
  readonly group: RunGroup;
}

export const RUN_LOOKS: Readonly<Record<RunState, StateLook>> = {
  due: { label: 'Due', tone: 'quiet', group: 'waiting' },
  queued: { label: 'Queued', tone: 'quiet', group: 'waiting' },
  withheld: { label: 'Withheld', tone: 'warn', group: 'waiting' },
  starting: { label: 'Starting', tone: 'live', group: 'active' },
  running: { label: 'Running', tone: 'live', group: 'active' },
  succeeded: { label: 'Succeeded', tone: 'ok', group: 'succeeded' },
  failed: { label: 'Failed', tone: 'bad', group: 'failed' },
  'timed-out': { label: 'Timed out', tone: 'bad', group: 'failed' },
  cancelled: { label: 'Cancelled', tone: 'quiet', group: 'not-run' },
  lost: { label: 'Lost', tone: 'bad', group: 'failed' },
  skipped: { label: 'Skipped', tone: 'quiet', group: 'not-run' },
  refused: { label: 'Refused', tone: 'bad', group: 'failed' },
};

export const RUN_GROUPS: readonly { readonly group: RunGroup | 'all'; readonly label: string }[] = [
  { group: 'all', label: 'All' },
  { group: 'active', label: 'Running' },
  { group: 'waiting', label: 'Waiting' },
  { group: 'failed', label: 'Failed' },
  { group: 'succeeded', label: 'Succeeded' },
  { group: 'not-run', label: 'Not run' },
];

/** The states of a group, for asking the API; undefined for all. */
export function statesOf(group: RunGroup | 'all'): RunState[] | undefined {
  if (group === 'all') return undefined;
  return (Object.keys(RUN_LOOKS) as RunState[]).filter((state) => RUN_LOOKS[state].group === group);
}

/** True while a process may exist. */
export function isActive(state: RunState): boolean {
  return RUN_LOOKS[state].group === 'active';
}

/** True when nothing more will happen to the attempt. */
export function isFinal(state: RunState): boolean {
  return RUN_LOOKS[state].group !== 'active' && RUN_LOOKS[state].group !== 'waiting';
}
