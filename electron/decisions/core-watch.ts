/**
 * Looks at the cluster for tray and notifications: once when the core serves, after each signal (at most once a second), and
 * now and then, since what comes next moves on by itself. All that it asks is bounded.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Signal } from '../../core/api/event-schemas.ts';
import type { RunRecordOutput } from '../../core/api/run-schemas.ts';
import type { RunState } from '../../core/domain/run.ts';
import type { CoreConnection } from './core-client.ts';
import { type Facts, MOST_NEXT_SHOWN } from './glance.ts';

export interface WatchListener {
  looked(facts: Facts): void;
  /** Runs with new records, since the watch began. */
  ran(runs: readonly RunRecordOutput[]): void;
}

const ACTIVE: RunState[] = ['starting', 'running'];
const FAILED: RunState[] = ['failed', 'timed-out', 'lost', 'refused'];
const MOST_RUNS = 50;
const LOOK_PAUSE_MS = 1000;
const LOOK_EVERY_MS = 60_000;

export function isFailure(state: RunState): boolean {
  return FAILED.includes(state);
}

/** Ends when the core is gone. @param seenAt since when failures count, epoch milliseconds; asked at each look. */
export async function watchCore(
  connection: CoreConnection,
  listener: WatchListener,
  seenAt: () => number,
): Promise<void> {
  const { api, ended } = connection;
  let wanted = Promise.withResolvers<undefined>();
  const looking = (async () => {
    while (!ended.aborted) {
      wanted = Promise.withResolvers<undefined>();
      listener.looked(await look(connection, seenAt()));
      await pause(LOOK_PAUSE_MS, undefined, { signal: ended });
      await Promise.race([wanted.promise, pause(LOOK_EVERY_MS, undefined, { signal: ended })]);
    }
  })();
  const hearing = (async () => {
    for await (const signal of await api.events.watch({}, { signal: ended })) {
      hear(signal, listener);
      wanted.resolve(undefined);
    }
  })();
  await Promise.race([looking, hearing]).catch((fault: unknown) => {
    if (!ended.aborted) console.warn('the core could not be looked at:', String(fault));
  });
  await Promise.allSettled([looking, hearing]);
}

function hear(signal: Signal, listener: WatchListener): void {
  if (signal.kind === 'run') listener.ran(signal.runs);
}

async function look({ api, ended: signal }: CoreConnection, since: number): Promise<Facts> {
  const options = { signal };
  const [status, running, failed, forecast, pairing, conflicts, policy] = await Promise.all([
    api.cluster.status(undefined, options),
    api.runs.list({ states: ACTIVE, limit: MOST_RUNS }, options),
    api.runs.list({ states: FAILED, since, limit: MOST_RUNS }, options),
    api.tasks.forecast({ limit: MOST_NEXT_SHOWN }, options),
    api.pairing.list(undefined, options),
    api.tasks.list({ conflicted: true, limit: MOST_RUNS }, options),
    api.policy.show(undefined, options),
  ]);
  return {
    status,
    running: running.runs,
    failed: failed.runs,
    upcoming: forecast.occurrences,
    asking: pairing.asked,
    conflicts: conflicts.tasks.map(({ id, name }) => ({ id, name })),
    policy: policy.policy,
  };
}
