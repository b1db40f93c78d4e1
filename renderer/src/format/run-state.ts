/** How each state of a run is told: its tone (which colour means what) and its group in the filter. */
import type { RunState } from '../../../core/domain/run.ts';

export type Tone = 'ok' | 'bad' | 'warn' | 'live' | 'quiet';
export type RunGroup = 'active' | 'waiting' | 'succeeded' | 'failed' | 'not-run';

interface StateLook {
  readonly tone: Tone;
  readonly group: RunGroup;
}

export const RUN_LOOKS: Readonly<Record<RunState, StateLook>> = {
  due: { tone: 'quiet', group: 'waiting' },
  queued: { tone: 'quiet', group: 'waiting' },
  withheld: { tone: 'warn', group: 'waiting' },
  starting: { tone: 'live', group: 'active' },
  running: { tone: 'live', group: 'active' },
  succeeded: { tone: 'ok', group: 'succeeded' },
  failed: { tone: 'bad', group: 'failed' },
  'timed-out': { tone: 'bad', group: 'failed' },
  cancelled: { tone: 'quiet', group: 'not-run' },
  lost: { tone: 'bad', group: 'failed' },
  skipped: { tone: 'quiet', group: 'not-run' },
  refused: { tone: 'bad', group: 'failed' },
};

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
