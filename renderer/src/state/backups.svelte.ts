/** The backups on this machine, and the tasks in the one that is looked into. */
import type { BackupTasksOutput } from '../../../core/api/backup-schemas.ts';
import type { ApiClient } from '../../../core/api/contract.ts';
import type { Outcome, Refusal } from '../client/refusal.ts';
import { backupFile } from './backup-download.ts';
import type { ConsoleState } from './console.svelte.ts';

export interface Backup {
  readonly name: string;
  readonly path: string;
  readonly sizeBytes: number;
  readonly madeAt: string;
}
export type BackupTask = BackupTasksOutput['tasks'][number];

type Act = 'make' | 'bring' | 'remove' | 'download';

/** A large history takes its time; the agent goes on even when nobody waits. */
const MAKE_TIMEOUT_MS = 600_000;
/** As many tasks as one edit takes. */
const MOST_AT_ONCE = 5000;

type Page = Pick<ConsoleState, 'access' | 'onSignal'>;

export class BackupsState {
  #list = $state.raw<readonly Backup[]>([]);
  #loaded = $state(false);
  #busy = $state<Act | undefined>();
  #downloaded = $state.raw<{ readonly name: string; readonly bytes: number } | undefined>();
  #stopped = false;
  #refusal = $state.raw<Refusal | undefined>();
  #open = $state.raw<{ readonly name: string; readonly tasks: BackupTasksOutput | undefined } | undefined>();
  readonly #page: Page;
  #stop: () => void = () => undefined;

  constructor(page: Page) {
    this.#page = page;
  }

  /** Newest first. */
  get list(): readonly Backup[] {
    return this.#list;
  }

  get loaded(): boolean {
    return this.#loaded;
  }

  get busy(): Act | undefined {
    return this.#busy;
  }

  /** What the last act was refused for. */
  get refusal(): Refusal | undefined {
    return this.#refusal;
  }

  /** The backup that is looked into; its tasks are undefined until they are read. */
  get opened(): { readonly name: string; readonly tasks: BackupTasksOutput | undefined } | undefined {
    return this.#open;
  }

  start(): void {
    void this.#load();
    this.#stop = this.#page.onSignal((signal) => void (signal.kind === 'resync' && this.#load()));
  }

  stop(): void {
    this.#stopped = true;
    this.#stop();
  }

  async make(): Promise<boolean> {
    const outcome = await this.#act('make', (api, signal) => api.backups.make({}, { signal }), MAKE_TIMEOUT_MS);
    if (outcome.ok) await this.#load();
    return outcome.ok;
  }

  async remove(name: string): Promise<boolean> {
    const outcome = await this.#act('remove', (api, signal) => api.backups.remove({ name }, { signal }));
    if (outcome.ok && this.#open?.name === name) this.#open = undefined;
    await this.#load();
    return outcome.ok;
  }

  /** The backup that is being downloaded, and how much of it is there. */
  get downloaded(): { readonly name: string; readonly bytes: number } | undefined {
    return this.#downloaded;
  }

  /** The file of a backup as it is; undefined when it was refused, or nobody waits for it any more. */
  async download({ name }: Pick<Backup, 'name'>): Promise<Blob | undefined> {
    this.#busy = 'download';
    this.#refusal = undefined;
    const outcome = await backupFile(this.#page.access, name, (bytes) => {
      this.#downloaded = { name, bytes };
      return !this.#stopped;
    });
    this.#busy = undefined;
    this.#downloaded = undefined;
    if (outcome.ok) return outcome.value;
    this.#refusal = outcome.refusal;
    return undefined;
  }

  /** Looks into a backup, or closes it. */
  async look(name: string | undefined): Promise<void> {
    this.#refusal = undefined;
    this.#open = name === undefined ? undefined : { name, tasks: undefined };
    if (name === undefined) return;
    const outcome = await this.#page.access.call((api, signal) => api.backups.tasks({ name }, { signal }));
    if (this.#open?.name !== name) return;
    if (outcome.ok) this.#open = { name, tasks: outcome.value };
    else {
      this.#open = undefined;
      this.#refusal = outcome.refusal;
    }
  }

  /** Makes these tasks again what they were. Returns how many are other than before, or undefined when it was refused. */
  async bringBack(ids: readonly string[]): Promise<number | undefined> {
    const name = this.#open?.name;
    if (name === undefined || ids.length === 0) return undefined;
    let changed = 0;
    for (let from = 0; from < ids.length; from += MOST_AT_ONCE) {
      const part = ids.slice(from, from + MOST_AT_ONCE);
      const outcome = await this.#act('bring', (api, signal) => api.backups.bringBack({ name, ids: part }, { signal }));
      if (!outcome.ok) return undefined;
      changed += outcome.value.tasks.filter((task) => task.outcome !== 'unchanged').length;
    }
    await this.look(name);
    return changed;
  }

  async #act<T>(
    what: Act,
    work: (api: ApiClient, signal: AbortSignal) => Promise<T>,
    timeoutMs?: number,
  ): Promise<Outcome<T>> {
    this.#busy = what;
    this.#refusal = undefined;
    const outcome = await this.#page.access.call(work, timeoutMs);
    this.#busy = undefined;
    if (!outcome.ok) this.#refusal = outcome.refusal;
    return outcome;
  }

  async #load(): Promise<void> {
    const outcome = await this.#page.access.call((api, signal) => api.backups.list({}, { signal }));
    if (!outcome.ok) return;
    this.#list = outcome.value.backups;
    this.#loaded = true;
  }
}
