/**
 * The whole page: the connection, and every view-model that lives from it. Signals of the agent come in here and are
 * handed to whoever shows what changed; a signal that everything may have changed makes all of them look again.
 */
import type { ApiClient } from '../../../core/api/contract.ts';
import type { OpenedTaskFile } from '../../../core/carrier/shell-bridge.ts';
import type { Signal } from '../../../core/api/event-schemas.ts';
import { Connection, type ConnectionHost, type ConnectionState } from '../client/connection.ts';
import { isActive, isFinal } from '../format/run-state.ts';
import type { Translate } from '../i18n/language.svelte.ts';
import { ApiAccess } from './api-access.svelte.ts';
import { Clock } from './clock.svelte.ts';
import { ClusterState } from './cluster.svelte.ts';
import { LastOutcomes } from './last-outcomes.svelte.ts';
import { Notices } from './notices.svelte.ts';
import type { Scheduler } from './scheduler.ts';
import { TasksState } from './tasks.svelte.ts';

const REWATCH_PAUSE_MS = 2000;

export class ConsoleState {
  readonly access: ApiAccess;
  readonly clock: Clock;
  readonly notices: Notices;
  readonly cluster: ClusterState;
  readonly tasks: TasksState;
  readonly outcomes: LastOutcomes;
  readonly scheduler: Scheduler;
  readonly #connection: Connection;
  readonly #listeners = new Set<(signal: Signal) => void>();
  #wasLive = $state(false);
  #trouble = $state('');
  #opened = $state.raw<{ readonly number: string; readonly file: OpenedTaskFile } | undefined>();

  constructor(host: ConnectionHost, scheduler: Scheduler, t: Translate) {
    this.scheduler = scheduler;
    this.access = new ApiAccess(t);
    this.clock = new Clock(scheduler);
    this.notices = new Notices(scheduler);
    this.cluster = new ClusterState(this.access, scheduler);
    this.tasks = new TasksState(this.access, this.notices, scheduler, t);
    this.outcomes = new LastOutcomes(this.access, scheduler);
    this.cluster.onOwnersMoved = () => this.tasks.reload();
    this.#connection = new Connection(host, (state) => this.#connectionBecame(state));
  }

  /** True once the agent has been reached; from then on a lost connection is an interruption, not a start. */
  get wasLive(): boolean {
    return this.#wasLive;
  }

  /** Why there is no agent, in words; empty where nobody knows. Only the desktop app does. */
  get trouble(): string {
    return this.#trouble;
  }

  isTroubled(trouble: string): void {
    this.#trouble = trouble;
  }

  /** A task file that a person had the desktop app open. @param number as `openFile` gave it; the newest alone is kept */
  openedFile(number: string | undefined): OpenedTaskFile | undefined {
    return this.#opened?.number === number ? this.#opened?.file : undefined;
  }

  /** Keeps a file for the editor; returns its number, which is another for each. */
  openFile(file: OpenedTaskFile): string {
    const number = String(Number(this.#opened?.number ?? 0) + 1);
    this.#opened = { number, file };
    return number;
  }

  start(): void {
    this.clock.start();
    this.#connection.open();
  }

  stop(): void {
    this.clock.stop();
    this.#connection.close();
  }

  /** Tells a view of its own that something changed, for as long as it is there; returns how to stop. */
  onSignal(listener: (signal: Signal) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  reconnectNow(): void {
    this.#connection.retryNow();
  }

  #connectionBecame(state: ConnectionState): void {
    this.access.connection = state;
    if (state.kind !== 'live') return;
    this.#wasLive = true;
    void this.#watch(state.api, state.ended);
  }

  /** Reads signals until the connection ends; the first of every subscription is `resync`. */
  async #watch(api: ApiClient, ended: AbortSignal): Promise<void> {
    try {
      for await (const signal of await api.events.watch({}, { signal: ended })) this.#handle(signal);
    } catch (fault) {
      if (ended.aborted) return;
      this.notices.refused(this.access.refusalOf(fault));
    }
    if (!ended.aborted) this.scheduler.after(REWATCH_PAUSE_MS, () => void (ended.aborted || this.#watch(api, ended)));
  }

  #handle(signal: Signal): void {
    for (const listener of this.#listeners) listener(signal);
    switch (signal.kind) {
      case 'resync':
        this.cluster.refresh();
        this.tasks.reload();
        this.outcomes.forget();
        break;
      case 'cluster':
        this.cluster.refresh();
        this.tasks.reload();
        break;
      case 'machines':
        this.cluster.refresh();
        break;
      case 'tasks':
        this.tasks.touch(signal.ids);
        break;
      case 'run':
        this.outcomes.note(signal.runs);
        // With every start and end the instant at which the task comes due next has moved, and slots have changed.
        this.tasks.moved(
          signal.runs.filter((run) => isActive(run.state) || isFinal(run.state)).map((run) => run.taskId),
        );
        this.cluster.refresh();
        break;
    }
  }
}
