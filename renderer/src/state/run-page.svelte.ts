/** One run on its page: its newest record, the other attempts, its output, and the definition that it ran by. */
import type { ApiClient } from '../../../core/api/contract.ts';
import type { RunRecordOutput } from '../../../core/api/run-schemas.ts';
import type { Refusal } from '../client/refusal.ts';
import { isActive } from '../format/run-state.ts';
import type { Translate } from '../i18n/language.svelte.ts';
import type { ConsoleState } from './console.svelte.ts';
import type { Router } from './router.svelte.ts';
import type { ShownRun } from './run-list.ts';
import { RunOutputState } from './run-output.svelte.ts';
import { compareAttempts } from './run-steps.ts';

const MOST_ATTEMPTS = 50;
const MOST_REVISIONS = 100;

export type Revision = Awaited<ReturnType<ApiClient['tasks']['history']>>['revisions'][number];
export type RunPageParts = Pick<ConsoleState, 'access' | 'notices' | 'scheduler' | 'tasks'>;

export class RunPageState {
  #runId = $state<string | undefined>();
  #run = $state.raw<ShownRun | undefined>();
  #attempts = $state.raw<readonly ShownRun[]>([]);
  #refusal = $state.raw<Refusal | undefined>();
  #output = $state.raw<RunOutputState | undefined>();
  #revisions = $state.raw<readonly Revision[]>([]);
  #cancelling = $state(false);
  #starting = $state(false);
  readonly #parts: RunPageParts;
  readonly #router: Router;
  readonly #t: Translate;

  constructor(parts: RunPageParts, router: Router, t: Translate) {
    this.#parts = parts;
    this.#router = router;
    this.#t = t;
  }

  get run(): ShownRun | undefined {
    return this.#run;
  }

  /** All that are known of the same occurrence, this one included, first attempt first. */
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

  /** The task is being asked to run again. */
  get starting(): boolean {
    return this.#starting;
  }

  /** The attempt before this one. */
  get previous(): ShownRun | undefined {
    const number = this.#run?.attempt ?? 0;
    return this.#attempts.findLast((attempt) => attempt.attempt < number);
  }

  /** The newest change of the definition before the run was claimed; undefined while it is not known. */
  get revision(): Revision | undefined {
    const before = this.#run?.claimedAt ?? this.#run?.dueAt ?? '';
    return this.#revisions.find((revision) => !revision.void && revision.changedAt <= before);
  }

  /** The definition has been changed since. */
  get changedSince(): boolean {
    const before = this.#run?.claimedAt ?? this.#run?.dueAt ?? '';
    return this.#revisions.some((revision) => !revision.void && revision.changedAt > before);
  }

  /** Shows a run; of another attempt of the same occurrence what is known is shown at once. */
  async open(runId: string): Promise<void> {
    if (runId === this.#runId) return;
    const known = this.#attempts.find((attempt) => attempt.id === runId);
    this.#output?.stop();
    this.#runId = runId;
    this.#run = known;
    if (known === undefined) {
      this.#attempts = [];
      this.#revisions = [];
    }
    this.#refusal = undefined;
    this.#cancelling = false;
    this.#output = new RunOutputState(runId, this.#parts.access, this.#parts.scheduler);
    await this.refresh();
  }

  close(): void {
    this.#output?.stop();
    this.#output = undefined;
    this.#runId = undefined;
  }

  /** Fetches everything again; also what to do after a reconnection. */
  async refresh(): Promise<void> {
    const runId = this.#runId;
    if (runId === undefined) return;
    void this.#output?.follow();
    const outcome = await this.#parts.access.call((api, signal) => api.runs.get({ run: runId }, { signal }));
    if (this.#runId !== runId) return;
    if (!outcome.ok) {
      if (this.#run === undefined) this.#refusal = outcome.refusal;
      return;
    }
    this.#refusal = undefined;
    this.#run = outcome.value.run;
    this.#attempts = outcome.value.attempts.slice(-MOST_ATTEMPTS).sort(compareAttempts);
    await this.#findRevision(outcome.value.run.taskId);
  }

  /** New records of runs, from a signal. */
  note(records: readonly RunRecordOutput[]): void {
    const open = this.#run;
    if (open === undefined) return;
    for (const record of records) {
      if (record.occurrenceId !== open.occurrenceId) continue;
      const known = this.#attempts.find((attempt) => attempt.id === record.id);
      const next: ShownRun = { ...record, duplicate: known?.duplicate ?? false };
      const others = this.#attempts.filter((attempt) => attempt.id !== record.id);
      this.#attempts = [...others, next].sort(compareAttempts).slice(-MOST_ATTEMPTS);
      if (record.id === this.#runId) {
        // Output of a run that had not started yet is there from now on.
        if (open.startedAt === null && record.startedAt !== null) void this.#output?.follow();
        this.#run = next;
      }
    }
  }

  async cancel(): Promise<void> {
    const run = this.#run;
    if (run === undefined) return;
    this.#cancelling = true;
    const outcome = await this.#parts.access.call((api, signal) => api.runs.cancel({ run: run.id }, { signal }));
    if (outcome.ok) return;
    this.#cancelling = false;
    this.#parts.notices.refused(outcome.refusal);
  }

  /** Runs the task now, with the values that this run was given. @param machine only there */
  async runAgain(machine?: string): Promise<void> {
    const run = this.#run;
    if (run === undefined || this.#starting) return;
    this.#starting = true;
    const { parameters } = run.cause;
    const where = machine === undefined ? {} : { machine };
    const input = { id: run.taskId, ...where, ...(parameters === undefined ? {} : { parameters }) };
    const outcome = await this.#parts.access.call((api, signal) => api.tasks.run(input, { signal }));
    this.#starting = false;
    if (!outcome.ok) return this.#parts.notices.refused(outcome.refusal);
    const [occurrence] = outcome.value.occurrenceIds;
    this.#parts.notices.done(this.#t('run.asked', { name: this.#parts.tasks.nameOf(run.taskId) }), {
      label: this.#t('run.show'),
      run: () => void this.#show(run.taskId, occurrence),
    });
  }

  /** Goes to the run of an occurrence, or, while there is none, to those of its task. */
  async #show(task: string, occurrence: string | undefined): Promise<void> {
    const found =
      occurrence === undefined
        ? undefined
        : await this.#parts.access.call((api, signal) => api.runs.list({ occurrence, limit: 1 }, { signal }));
    const id = found?.ok === true ? found.value.runs[0]?.id : undefined;
    if (id === undefined) this.#router.go(['runs'], { task });
    else this.#router.go(['runs', id]);
  }

  async #findRevision(id: string): Promise<void> {
    const outcome = await this.#parts.access.call((api, signal) =>
      api.tasks.history({ id, limit: MOST_REVISIONS }, { signal }),
    );
    if (outcome.ok && this.#run?.taskId === id) {
      this.#revisions = outcome.value.revisions.toSorted((a, b) => (a.changedAt < b.changedAt ? 1 : -1));
    }
  }
}
