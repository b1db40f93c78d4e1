/** What a peer knows of what is to be told: what waits for each channel, and which tasks failed last. */
import { LIMITS } from '../config/constants.ts';
import type { TaskId } from '../domain/ids.ts';
import type { RunRecord } from '../domain/run.ts';
import { isFailure } from '../notifications/notice.ts';
import type { Outbox } from '../notifications/outbox.ts';
import type { PeerState } from './state.ts';

export interface NoticeState {
  /** By the names of channels. */
  readonly outboxes: Map<string, Outbox>;
  /** Ids of what was told or waits, with the channel, oldest first: nothing is told twice by one machine. */
  readonly told: Set<string>;
  /** The newest end of each task: when (epoch milliseconds), and whether it was a failure. */
  readonly lastEnds: Map<TaskId, { readonly at: number; readonly failed: boolean }>;
}

export function newNoticeState(): NoticeState {
  return { outboxes: new Map(), told: new Set(), lastEnds: new Map() };
}

/** A task has come to an end, on whichever machine: the next success is judged by it. What was not run says nothing. */
export function rememberEnd({ notices: { lastEnds } }: PeerState, record: RunRecord): void {
  const failed = isFailure(record);
  if (!failed && record.state !== 'succeeded') return;
  const at = record.finishedAt ?? record.recordedAt;
  const known = lastEnds.get(record.taskId);
  if (known === undefined ? lastEnds.size >= LIMITS.rememberedTasks : known.at > at) return;
  lastEnds.set(record.taskId, { at, failed });
}

/** Whether the newest known end of a task was a failure. */
export function hasFailed({ notices }: PeerState, task: TaskId): boolean {
  return notices.lastEnds.get(task)?.failed === true;
}
