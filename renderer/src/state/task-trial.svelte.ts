/**
 * One try of a definition that is not saved: asks a machine to run it once, finds the run that comes of it, and follows
 * its output until it has ended. A new try lets go of the one before; that one runs to its end.
 */
import type { Signal } from '../../../core/api/event-schemas.ts';
import type { RunRecordOutput } from '../../../core/api/run-schemas.ts';
import type { ParameterValues } from '../../../core/domain/parameter.ts';
import type { TaskDefinition } from '../../../core/domain/task.ts';
import type { Refusal } from '../client/refusal.ts';
import { isActive, isFinal } from '../format/run-state.ts';
import type { ApiAccess } from './api-access.svelte.ts';
import { RunOutputState } from './run-output.svelte.ts';
import type { Scheduler } from './scheduler.ts';

export class TaskTrial {
  #starting = $state(false);
  #refusal = $state.raw<Refusal | undefined>();
  #run = $state.raw<RunRecordOutput | undefined>();
  #output = $state.raw<RunOutputState | undefined>();
  #occurrenceId = $state<string | undefined>();
  #followed: RunOutputState | undefined;
  readonly #access: ApiAccess;
  readonly #scheduler: Scheduler;

  constructor(access: ApiAccess, scheduler: Scheduler) {
    this.#access = access;
    this.#scheduler = scheduler;
  }

  /** True until a machine has taken it up or refused it. */
  get starting(): boolean {
    return this.#starting;
  }

  get refusal(): Refusal | undefined {
    return this.#refusal;
  }

  /** The newest record of the run, once there is one. */
  get run(): RunRecordOutput | undefined {
    return this.#run;
  }

  get output(): RunOutputState | undefined {
    return this.#output;
  }

  get ended(): boolean {
    return this.#run !== undefined && isFinal(this.#run.state);
  }

  /** True while it can be stopped. */
  get active(): boolean {
    return this.#occurrenceId !== undefined && !this.ended;
  }

  /** @param machine the id of the machine that runs it. @param parameters values, where it takes some */
  async start(definition: TaskDefinition, machine: string, parameters?: ParameterValues): Promise<void> {
    const input = { definition, machine, ...(parameters === undefined ? {} : { parameters }) };
    if (this.#starting) return;
    this.stop();
    this.#run = undefined;
    this.#output = undefined;
    this.#refusal = undefined;
    this.#starting = true;
    const outcome = await this.#access.call((api, signal) => api.tasks.try(input, { signal }));
    this.#starting = false;
    if (!outcome.ok) {
      this.#refusal = outcome.refusal;
      return;
    }
    this.#occurrenceId = outcome.value.occurrenceIds[0];
    await this.#find();
  }

  /** What the agent tells unasked: new records of the run, or that everything may have changed. */
  note(signal: Signal): void {
    if (this.#occurrenceId === undefined) return;
    if (signal.kind === 'run') {
      for (const record of signal.runs) if (record.occurrenceId === this.#occurrenceId) this.#take(record);
    } else if (signal.kind === 'resync') void this.#find();
  }

  async cancel(): Promise<void> {
    const id = this.#run?.id;
    if (id === undefined || this.ended) return;
    const outcome = await this.#access.call((api, signal) => api.runs.cancel({ run: id }, { signal }));
    if (!outcome.ok) this.#refusal = outcome.refusal;
  }

  /** Lets go of the run, which goes on. */
  stop(): void {
    this.#output?.stop();
    this.#occurrenceId = undefined;
  }

  async #find(): Promise<void> {
    const occurrence = this.#occurrenceId;
    if (occurrence === undefined) return;
    const outcome = await this.#access.call((api, signal) => api.runs.list({ occurrence, limit: 1 }, { signal }));
    if (this.#occurrenceId !== occurrence || !outcome.ok) return;
    const [run] = outcome.value.runs;
    if (run !== undefined) this.#take(run);
  }

  #take(record: RunRecordOutput): void {
    const known = this.#run;
    if (known !== undefined && known.id === record.id && Date.parse(known.recordedAt) > Date.parse(record.recordedAt)) {
      return;
    }
    this.#run = record;
    if (!isActive(record.state) && !isFinal(record.state)) return;
    if (this.#output === undefined || known?.id !== record.id) {
      this.#output?.stop();
      this.#output = new RunOutputState(record.id, this.#access, this.#scheduler);
    }
    void this.#follow(this.#output);
  }

  /** One that follows already goes on; after a lost connection it begins where it was. */
  async #follow(output: RunOutputState): Promise<void> {
    if (this.#followed === output) return;
    this.#followed = output;
    await output.follow();
    if (this.#followed === output) this.#followed = undefined;
  }
}
