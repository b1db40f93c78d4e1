/** Runs whose machine is gone, or came back without them: recorded as lost, and what the policy says follows. */
import { LIMITS } from '../config/constants.ts';
import { onLostOf } from '../domain/policy.ts';
import type { RunRecord } from '../domain/run.ts';
import type { Task } from '../domain/task.ts';
import { appendRecord } from './log-steps.ts';
import { emit, type Turn } from './state.ts';

/**
 * Records a run as lost. When the policy says `rerun`, the next attempt is due after its delay.
 * @param task undefined when it was deleted meanwhile: then nothing follows.
 */
export function giveUpLost(turn: Turn, run: RunRecord, task: Task | undefined, why: string): void {
  const observed = run.machineId !== turn.state.self;
  const observer = turn.state.roster.get(turn.state.self)?.name ?? turn.state.self;
  const { recorderId: _recorder, sequence: _sequence, recordedAt: _recordedAt, next: _next, ...rest } = run;
  const again = task !== undefined && onLostOf(task.policy) === 'rerun' && run.attempt < LIMITS.reruns;
  appendRecord(turn, {
    ...rest,
    state: 'lost',
    finishedAt: turn.wallMs,
    reason: { code: 'LOST', text: (observed ? `observed by ${observer}: ${why}` : why).slice(0, LIMITS.reasonLength) },
    ...(again
      ? { next: { attempt: run.attempt + 1, dueAt: turn.wallMs + task.policy.rerunAfterMs, avoid: [run.machineId] } }
      : {}),
  });
  emit(turn, {
    type: 'log',
    level: 'warn',
    message: 'run lost',
    fields: { run: run.id, task: run.taskId, machine: run.machineId, why },
  });
}
