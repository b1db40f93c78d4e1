/** The newest run of each machine that is on the screen: asked for a few at a time, kept live by signals. */
import { SvelteMap } from 'svelte/reactivity';
import type { RunRecordOutput } from '../../../core/api/run-schemas.ts';
import type { ConsoleState } from './console.svelte.ts';

const AT_ONCE = 4;

export class MachineLastRuns {
  readonly #known = new SvelteMap<string, RunRecordOutput | null>();
  readonly #asked = new Set<string>();
  #waiting: string[] = [];
  #asking = 0;
  readonly #page: Pick<ConsoleState, 'access' | 'onSignal'>;

  constructor(page: Pick<ConsoleState, 'access' | 'onSignal'>) {
    this.#page = page;
  }

  /** Null: nothing has run there. Undefined while it is not known. */
  of(machineId: string): RunRecordOutput | null | undefined {
    return this.#known.get(machineId);
  }

  /** Hears of new runs from then on; returns how to stop. */
  start(): () => void {
    return this.#page.onSignal((signal) => {
      if (signal.kind === 'run') for (const run of signal.runs) this.#note(run);
      else if (signal.kind === 'resync') {
        const ids = [...this.#asked];
        this.#asked.clear();
        this.want(ids);
      }
    });
  }

  /** These machines are on the screen. */
  want(machineIds: readonly string[]): void {
    const fresh = machineIds.filter((id) => !this.#asked.has(id));
    for (const id of fresh) this.#asked.add(id);
    this.#waiting = [...this.#waiting, ...fresh];
    this.#askNext();
  }

  #askNext(): void {
    while (this.#asking < AT_ONCE) {
      const id = this.#waiting.shift();
      if (id === undefined) return;
      this.#asking += 1;
      void this.#ask(id).finally(() => {
        this.#asking -= 1;
        this.#askNext();
      });
    }
  }

  async #ask(machine: string): Promise<void> {
    const outcome = await this.#page.access.call((api, signal) => api.runs.list({ machine, limit: 1 }, { signal }));
    if (!outcome.ok) {
      this.#asked.delete(machine);
      return;
    }
    const [run] = outcome.value.runs;
    if (run !== undefined) this.#note(run);
    else if (!this.#known.has(machine)) this.#known.set(machine, null);
  }

  #note(run: RunRecordOutput): void {
    const before = this.#known.get(run.machineId);
    if (before == null || run.dueAt >= before.dueAt) this.#known.set(run.machineId, run);
  }
}
