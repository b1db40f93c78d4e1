/**
 * All runs of the cluster as they happen, heard from every machine that is up, each told once. What is told is in the
 * order of arrival; what is kept is the newest record of each run, a final one before any other.
 */
import type { RunRecordOutput } from '../../core/api/run-schemas.ts';
import { FINAL_STATES } from '../../core/domain/run.ts';
import type { Machine } from './machine.ts';

/** Of one demo; more would mean that something runs wild. */
const MOST_RUNS = 20_000;
const PAGE = 500;

export class RunFeed {
  readonly #runs = new Map<string, RunRecordOutput>();
  readonly #told = new Map<string, 'begun' | 'ended'>();
  readonly #watches = new Map<Machine, AbortController>();
  readonly #failed = Promise.withResolvers<never>();
  #tell: ((run: RunRecordOutput) => void) | undefined;
  #since = 0;

  /** Rejects when a machine that should be up can no longer be heard. */
  get failure(): Promise<never> {
    return this.#failed.promise;
  }

  constructor() {
    // Whoever races against it hears of it; nobody has to.
    this.#failed.promise.catch(() => undefined);
  }

  /** Begins to listen to a machine. */
  watch(machine: Machine): void {
    const stop = new AbortController();
    this.#watches.set(machine, stop);
    this.#listen(machine, stop.signal).catch(async (fault: unknown) => {
      if (stop.signal.aborted) return;
      const why = await machine.whyUnreachable();
      this.#failed.reject(new Error(`${machine.name} cannot be heard: ${why} (${String(fault)})`));
    });
  }

  /** Stops listening: before the machine loses its power, and at the end. */
  unwatch(machine: Machine): void {
    this.#watches.get(machine)?.abort();
    this.#watches.delete(machine);
  }

  /**
   * From now on `tell` is called for each run that was due at or after `since`: once when it ends, and before that once
   * when it reports progress, which only long ones do.
   */
  tellRuns(since: number, tell: (run: RunRecordOutput) => void): void {
    this.#since = since;
    this.#tell = tell;
    for (const run of this.runs) this.#tellOnce(run);
  }

  /** Tells nothing any more, and listens to nobody. */
  close(): void {
    this.#tell = undefined;
    for (const machine of [...this.#watches.keys()]) this.unwatch(machine);
  }

  /** The newest record of every run heard of, by due instant. */
  get runs(): RunRecordOutput[] {
    return [...this.#runs.values()].sort((left, right) => Date.parse(left.dueAt) - Date.parse(right.dueAt));
  }

  async #listen(machine: Machine, signal: AbortSignal): Promise<void> {
    const { client } = machine;
    for await (const event of await client.events.watch({ kinds: ['run'] }, { signal })) {
      if (event.kind === 'run') for (const run of event.runs) this.#hear(run);
      if (event.kind === 'resync') {
        for (const run of (await client.runs.list({ limit: PAGE }, { signal })).runs.reverse()) this.#hear(run);
      }
    }
    if (!signal.aborted) throw new Error('its stream of events ended');
  }

  #hear(run: RunRecordOutput): void {
    const known = this.#runs.get(run.id);
    if (known !== undefined && !supersedes(run, known)) return;
    if (known === undefined && this.#runs.size >= MOST_RUNS) throw new Error(`more than ${MOST_RUNS} runs`);
    this.#runs.set(run.id, run);
    this.#tellOnce(run);
  }

  #tellOnce(run: RunRecordOutput): void {
    if (this.#tell === undefined || Date.parse(run.dueAt) < this.#since) return;
    const told = this.#told.get(run.id);
    const stage = FINAL_STATES.has(run.state) ? 'ended' : run.progress === null ? undefined : 'begun';
    if (stage === undefined || told === 'ended' || told === stage) return;
    this.#told.set(run.id, stage);
    this.#tell(run);
  }
}

function supersedes(run: RunRecordOutput, known: RunRecordOutput): boolean {
  const [final, knownFinal] = [FINAL_STATES.has(run.state), FINAL_STATES.has(known.state)];
  if (final !== knownFinal) return final;
  const newerMs = Date.parse(run.recordedAt) - Date.parse(known.recordedAt);
  // Progress is told between records, by the machine that runs it alone.
  return newerMs > 0 || (newerMs === 0 && (run.progress ?? 0) > (known.progress ?? 0));
}
