/** Runs whose machine is gone, or came back without them: recorded as lost, and what the policy says follows. */
import { LIMITS, TIMES } from '../config/constants.ts';
import { onLostOf } from '../domain/policy.ts';
import type { RunRecord } from '../domain/run.ts';
import type { Task } from '../domain/task.ts';
import { appendRecord, type NewRecord } from './log-steps.ts';
import { againOf } from './run-steps.ts';
import { emit, isSelfOrAlive, type Turn } from './state.ts';

/** Every active run whose machine is not there is looked at, whatever became of its occurrence. */
export function giveUpGone(turn: Turn): void {
  const { state } = turn;
  if (state.phase !== 'active') return;
  for (const run of [...state.active.values()]) {
    if (!isSelfOrAlive(state, run.machineId)) giveUpIfGone(turn, run);
  }
}

/**
 * A run whose machine is gone is given up by the first of those left; the others stand by to do the same.
 * @returns when to look again (monotonic), undefined when there is nothing to wait for
 */
export function giveUpIfGone(turn: Turn, run: RunRecord): number | undefined {
  const { state } = turn;
  if (isSelfOrAlive(state, run.machineId)) return undefined;
  const task = state.tasks.get(run.taskId);
  const status = state.membership.get(run.machineId)?.status;
  // Who left on purpose, or was not met since we started, gets time to come back: its processes live on.
  const removed = state.roster.get(run.machineId)?.removed !== false;
  const final = removed || status?.kind === 'dead';
  const patienceMs = final ? 0 : (task?.policy.rerunAfterMs ?? TIMES.onTimeMs);
  const goneSinceMs = status?.kind === 'dead' || status?.kind === 'left' ? status.sinceMs : state.startedAtMs;
  const rank = state.ring.recorders(run.taskId).indexOf(state.self);
  if (rank < 0) return turn.nowMs + TIMES.onTimeMs;
  const backUntilMs = removed ? -Infinity : mayBeBackUntilMs(turn, run, goneSinceMs);
  const mineFromMs = Math.max(goneSinceMs + patienceMs, backUntilMs) + rank * TIMES.standbyMs;
  if (turn.nowMs < mineFromMs) return mineFromMs;
  const why = removed
    ? 'its machine was removed'
    : status?.kind === 'dead'
      ? status.reason
      : 'its machine has not come back';
  giveUpLost(turn, run, task, why);
  return undefined;
}

/**
 * Until when (monotonic) a run is not given up that was heard of only after its machine was gone: those who told of it
 * may be in touch with that machine, and so is this one in a moment, if a split has just healed.
 */
function mayBeBackUntilMs({ state }: Turn, { id }: RunRecord, goneSinceMs: number): number {
  const heardOfMs = state.activeSinceMs.get(id) ?? -Infinity;
  return heardOfMs > goneSinceMs ? heardOfMs + TIMES.settleMs : -Infinity;
}

/**
 * Records a run as lost. When the policy says `rerun`, the next attempt is due after its delay.
 * @param task undefined when it was deleted meanwhile: then nothing follows.
 */
export function giveUpLost(turn: Turn, run: RunRecord, task: Task | undefined, why: string): void {
  const observed = run.machineId !== turn.state.self;
  const observer = turn.state.roster.get(turn.state.self)?.name ?? turn.state.self;
  const again = task !== undefined && onLostOf(task.policy) === 'rerun' && run.attempt < LIMITS.reruns;
  const lost: NewRecord = {
    ...againOf(run),
    state: 'lost',
    finishedAt: turn.wallMs,
    reason: { code: 'LOST', text: (observed ? `observed by ${observer}: ${why}` : why).slice(0, LIMITS.reasonLength) },
    ...(again
      ? { next: { attempt: run.attempt + 1, dueAt: turn.wallMs + task.policy.rerunAfterMs, avoid: [run.machineId] } }
      : {}),
  };
  // Later than the word that it answers, whatever the clocks say: else that word would stand.
  appendRecord(turn, lost, run.recordedAt + 1);
  emit(turn, {
    type: 'log',
    level: 'warn',
    message: 'run lost',
    fields: { run: run.id, task: run.taskId, machine: run.machineId, why },
  });
}
