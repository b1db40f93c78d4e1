/** The run that is open in the side panel: its newest record, its other attempts, its output. */
import type { RunRecordOutput } from '../../../core/api/run-schemas.ts';
import type { Refusal } from '../client/refusal.ts';
import { isActive } from '../format/run-state.ts';
import type { ApiAccess } from './api-access.svelte.ts';
import type { Notices } from './notices.svelte.ts';
import { compareAttempts } from './run-steps.ts';
import type { ShownRun } from './run-list.ts';
import { RunOutputState } from './run-output.svelte.ts';
import type { Scheduler } from './scheduler.ts';

const MOST_ATTEMPTS = 50;

export class RunDetailState {
  #runId = $state<string | undefined>();
  #run = $state.raw<ShownRun | undefined>();
  #attempts = $state.raw<readonly ShownRun[]>([]);
  #refusal = $state.raw<Refusal | undefined>();
  #output = $state.raw<RunOutputState | undefined>();
  #cancelling = $state(false);
  readonly #access: ApiAccess;
  readonly #notices: Notices;
  readonly #scheduler: Scheduler;

  constructor(access: ApiAccess, notices: Notices, scheduler: Scheduler) {
    this.#access = access;
    this.#notices = notices;
    this.#scheduler = scheduler;
  }

  /** Undefined when nothing is open. */
  get runId(): string | undefined {
    return this.#runId;
  }

  get run(): ShownRun | undefined {
    return this.#run;
  }

  get attempts(): readonly ShownRun[] {
    return this.#attempts;
  }

  get refusal(): Refusal | undefined {
    return this.#refusal;
  }

  get output(): RunOutputState | undefined {
    return this.#output;
  }

  get cancelling(): boolean {
    return this.#cancelling && this.#run !== undefined && isActive(this.#run.state);
  }

  /** Opens a run. @param known what is known of it already, to be shown until the agent answers. */
  async open(runId: string, known?: ShownRun): Promise<void> {
    if (runId === this.#runId) return;
    this.close();
    this.#runId = runId;
    this.#run = known;
    this.#attempts = known === undefined ? [] : [known];
    this.#output = new RunOutputState(runId, this.#access, this.#scheduler);
    await this.refresh();
  }

  close(): void {
    this.#output?.stop();
    this.#runId = undefined;
    this.#run = undefined;
    this.#attempts = [];
    this.#refusal = undefined;
    this.#output = undefined;
    this.#cancelling = false;
  }

  /** Fetches everything again; also what to do after a reconnection. */
  async refresh(): Promise<void> {
    const runId = this.#runId;
    if (runId === undefined) return;
    void this.#output?.follow();
    const outcome = await this.#access.call((api, signal) => api.runs.get({ run: runId }, { signal }));
    if (this.#runId !== runId) return;
    if (outcome.ok) {
      this.#refusal = undefined;
      this.#run = outcome.value.run;
      this.#attempts = outcome.value.attempts.slice(-MOST_ATTEMPTS);
    } else if (this.#run === undefined) {
      this.#refusal = outcome.refusal;
    }
  }

  /** New records of runs, from a signal. */
  note(runs: readonly RunRecordOutput[]): void {
    const open = this.#run;
    if (open === undefined) return;
    for (const record of runs) {
      if (record.occurrenceId !== open.occurrenceId) continue;
      const known = this.#attempts.find((attempt) => attempt.id === record.id);
      const next: ShownRun = { ...record, duplicate: known?.duplicate ?? false };
      const others = this.#attempts.filter((attempt) => attempt.id !== record.id);
      this.#attempts = [...others, next].sort(compareAttempts).slice(-MOST_ATTEMPTS);
      if (record.id === this.#runId) this.#run = next;
    }
  }

  async cancel(): Promise<void> {
    const run = this.#run;
    if (run === undefined) return;
    this.#cancelling = true;
    const outcome = await this.#access.call((api, signal) => api.runs.cancel({ run: run.id }, { signal }));
    if (outcome.ok) return;
    this.#cancelling = false;
    this.#notices.refused(outcome.refusal);
  }
}
