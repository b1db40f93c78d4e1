/**
 * Signals for one reader. Between two of its reads everything that happens is merged; what waits is bounded, and
 * beyond the bound is replaced by one `resync`. So a slow reader costs no memory, and never misses the latest state.
 *
 *   change ──► PendingSignals ──(reader asks, at most every 250 ms)──► signals
 */
import { LIMITS, TIMES } from '../config/constants.ts';
import type { RunId, TaskId } from '../domain/ids.ts';
import type { RunRecord } from '../domain/run.ts';
import type { PeerHandle } from '../peer/peer-handle.ts';
import type { PeerChange } from '../peer/peer-view.ts';
import type { ApiHost, CancelSignal } from './api-host.ts';
import type { Signal } from './event-schemas.ts';
import { machineNames } from './references.ts';
import { runRecordOutputOf } from './run-output.ts';

export interface WatchOptions {
  readonly peer: PeerHandle;
  readonly host: Pick<ApiHost, 'sleep'>;
  /** Only these kinds; all when absent. */
  readonly kinds?: readonly PeerChange['kind'][];
  readonly signal?: CancelSignal;
}

/** Begins with `resync`, so that nothing is missed between a reader's first look and its subscription. */
export async function* watchChanges(options: WatchOptions): AsyncGenerator<Signal, void, void> {
  const { peer, host, kinds, signal } = options;
  const pending = new PendingSignals();
  let wake = (): void => undefined;
  const unsubscribe = peer.subscribe((change) => {
    if (kinds !== undefined && !kinds.includes(change.kind)) return;
    pending.add(change);
    wake();
  });
  const cancelled = (): void => wake();
  signal?.addEventListener('abort', cancelled);
  try {
    yield { kind: 'resync' };
    while (signal?.aborted !== true) {
      if (pending.empty) {
        await new Promise<void>((resolve) => {
          wake = resolve;
          if (signal?.aborted === true) resolve();
        });
        continue;
      }
      yield* pending.take(peer);
      await host.sleep(TIMES.signalIntervalMs, signal);
    }
  } finally {
    unsubscribe();
    signal?.removeEventListener('abort', cancelled);
  }
}

/** What has happened since the reader's last look, merged and bounded. */
export class PendingSignals {
  #resync = false;
  #cluster = false;
  #machines = false;
  readonly #tasks = new Set<TaskId>();
  readonly #runs = new Map<RunId, RunRecord>();

  get empty(): boolean {
    return !this.#resync && !this.#cluster && !this.#machines && this.#tasks.size === 0 && this.#runs.size === 0;
  }

  add(change: PeerChange): void {
    if (this.#resync) return;
    switch (change.kind) {
      case 'cluster':
        this.#cluster = true;
        break;
      case 'machines':
        this.#machines = true;
        break;
      case 'tasks':
        for (const id of change.ids) this.#tasks.add(id);
        break;
      case 'run':
        this.#runs.set(change.record.id, change.record);
        break;
    }
    if (this.#tasks.size + this.#runs.size > LIMITS.pendingSignals) {
      this.#clear();
      this.#resync = true;
    }
  }

  /** The signals that wait; afterwards none do. */
  take(peer: Pick<PeerHandle, 'view'>): Signal[] {
    const signals: Signal[] = [];
    if (this.#resync) signals.push({ kind: 'resync' });
    if (this.#cluster) signals.push({ kind: 'cluster' });
    if (this.#machines) signals.push({ kind: 'machines' });
    if (this.#tasks.size > 0) signals.push({ kind: 'tasks', ids: [...this.#tasks] });
    if (this.#runs.size > 0) {
      const nameOf = machineNames(peer.view);
      signals.push({ kind: 'run', runs: [...this.#runs.values()].map((record) => runRecordOutputOf(record, nameOf)) });
    }
    this.#clear();
    return signals;
  }

  #clear(): void {
    this.#resync = false;
    this.#cluster = false;
    this.#machines = false;
    this.#tasks.clear();
    this.#runs.clear();
  }
}
