/** Time and an agent for view-models: timers that tests move by hand, and an API of which tests write what they need. */
import { ORPCError } from '@orpc/client';
import type { ApiClient } from '../../core/api/contract.ts';
import type { RunRecordOutput } from '../../core/api/run-schemas.ts';
import type { TaskSummary } from '../../core/api/task-schemas.ts';
import { Language, type Translate } from '../../renderer/src/i18n/language.svelte.ts';
import { ApiAccess } from '../../renderer/src/state/api-access.svelte.ts';
import type { Scheduler } from '../../renderer/src/state/scheduler.ts';

export const NOW = Date.UTC(2026, 10, 23, 12);

export class FakeScheduler implements Scheduler {
  #now = NOW;
  #timers: { at: number; callback: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  after(delayMs: number, callback: () => void): () => void {
    const timer = { at: this.#now + delayMs, callback };
    this.#timers.push(timer);
    return () => void (this.#timers = this.#timers.filter((other) => other !== timer));
  }

  /** Moves on, and lets everything that was waiting for it happen. */
  async advance(lengthMs: number): Promise<void> {
    const end = this.#now + lengthMs;
    for (;;) {
      const next = this.#timers.filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      this.#timers = this.#timers.filter((timer) => timer !== next);
      this.#now = Math.max(this.#now, next.at);
      next.callback();
      await settle();
    }
    this.#now = end;
    await settle();
  }
}

/** Lets promises that are ready go on. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 30; turn += 1) await Promise.resolve();
}

/** The words of the first language. */
export const english: Translate = new Language({ getItem: () => null, setItem: () => undefined }, { lang: 'en' }).t;

/** The parts of the API that a test answers; calling anything else is a fault of the test. */
export type FakeApi = { readonly [G in keyof ApiClient]?: { readonly [P in keyof ApiClient[G]]?: unknown } };

export function liveAccess(api: FakeApi): ApiAccess {
  const access = new ApiAccess(english);
  access.connection = { kind: 'live', api: api as unknown as ApiClient, ended: new AbortController().signal };
  return access;
}

/** A refusal as it comes over the wire. */
export function refusal(code: string, message: string, field?: string): Error {
  const data = { code, message, advice: 'Do something about it.', ...(field === undefined ? {} : { field }) };
  return new ORPCError('REFUSED', { defined: true, status: 409, message, data });
}

export function runRecord(id: string, change: Partial<RunRecordOutput> = {}): RunRecordOutput {
  const instant = new Date(NOW).toISOString();
  return {
    id,
    taskId: 'backup',
    occurrenceId: `occurrence-${id}`,
    attempt: 1,
    machineId: 'm1',
    machineName: 'nas',
    state: 'succeeded',
    cause: { kind: 'schedule' },
    nominalAt: instant,
    dueAt: instant,
    claimedAt: instant,
    startedAt: instant,
    finishedAt: instant,
    recordedAt: instant,
    fencingToken: 1,
    exitCode: 0,
    signal: null,
    reason: null,
    progress: null,
    result: null,
    outputBytes: 0,
    outputDroppedBytes: 0,
    recorderId: 'm1',
    sequence: 1,
    next: null,
    ...change,
  };
}

export function taskSummary(id: string, change: Partial<TaskSummary> = {}): TaskSummary {
  const instant = new Date(NOW).toISOString();
  return {
    id,
    name: id,
    description: '',
    tags: [],
    suspended: false,
    actionType: 'command',
    scheduleText: 'Every 5 minutes',
    timeZone: 'UTC',
    placementMode: 'one',
    guarantee: 'at-least-once',
    ownerId: 'm1',
    ownerName: 'nas',
    nextDueAt: instant,
    conflicts: [],
    createdAt: instant,
    changedAt: instant,
    changedBy: 'm1',
    ...change,
  };
}

/** Keys instead of words, with the values that would be set in. */
export const plain: Translate = Object.assign(
  (key: string, values?: object) => (values === undefined ? key : `${key} ${JSON.stringify(values)}`),
  { said: (text: string) => text },
);
