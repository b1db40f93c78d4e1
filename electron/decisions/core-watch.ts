/**
 * Looks at the cluster for tray and notifications: once when the core serves, after each signal (at most once a second), and
 * now and then, since what comes next moves on by itself. All that it asks is bounded.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { RunRecordOutput } from '../../core/api/run-schemas.ts';
import type { RunState } from '../../core/domain/run.ts';
import type { CoreConnection } from './core-client.ts';
import { type Facts, MOST_NEXT_SHOWN } from './glance.ts';

const ACTIVE: RunState[] = ['starting', 'running'];
const FAILED: RunState[] = ['failed', 'timed-out', 'lost', 'refused'];
const MOST_RUNS = 50;
/** Runs are listed by their nominal instants: one that ends now may have been due so long ago. */
const LONGEST_RUN_MS = 7 * 24 * 3_600_000;
const LOOK_PAUSE_MS = 1000;
const LOOK_EVERY_MS = 60_000;

/** Ends when the core is gone. @param startedAt failures from before are old news; epoch milliseconds. */
export async function watchCore(
  connection: CoreConnection,
  looked: (facts: Facts) => void,
  startedAt: number,
): Promise<void> {
  const { api, ended } = connection;
  let wanted = Promise.withResolvers<undefined>();
  const looking = keepOn(ended, async () => {
    wanted = Promise.withResolvers<undefined>();
    looked(await look(connection, startedAt));
    await pause(LOOK_PAUSE_MS, undefined, { signal: ended });
    await Promise.race([wanted.promise, pause(LOOK_EVERY_MS, undefined, { signal: ended })]);
  });
  const hearing = keepOn(ended, async () => {
    for await (const _signal of await api.events.watch({}, { signal: ended })) wanted.resolve(undefined);
    await pause(LOOK_PAUSE_MS, undefined, { signal: ended });
  });
  await Promise.all([looking, hearing]);
}

/** Does its work again and again until the core is gone. One answer that fails must not leave the tray as it is for good. */
async function keepOn(ended: AbortSignal, work: () => Promise<void>): Promise<void> {
  while (!ended.aborted) {
    try {
      await work();
    } catch (fault) {
      if (ended.aborted) return;
      console.warn('the core could not be looked at:', String(fault));
      await pause(LOOK_PAUSE_MS, undefined, { signal: ended }).catch(() => undefined);
    }
  }
}

/** What failed before this machine was in the cluster is as old: its runs come with those of the others. */
export async function look(
  { api, ended: signal }: Pick<CoreConnection, 'api' | 'ended'>,
  startedAt: number,
): Promise<Facts> {
  const options = { signal };
  const status = await api.cluster.status(undefined, options);
  const self = status.members.find((member) => member.self);
  const newSince = self === undefined ? startedAt : Math.max(startedAt, Date.parse(self.addedAt));
  const [running, here, failed, forecast, pairing, conflicts, policy] = await Promise.all([
    api.runs.list({ states: ACTIVE, limit: MOST_RUNS }, options),
    self === undefined ? undefined : api.runs.list({ states: ACTIVE, machine: self.id, limit: 1 }, options),
    api.runs.list({ states: FAILED, since: newSince - LONGEST_RUN_MS, limit: MOST_RUNS }, options),
    api.tasks.forecast({ limit: MOST_NEXT_SHOWN }, options),
    api.pairing.list(undefined, options),
    api.tasks.list({ conflicted: true, limit: MOST_RUNS }, options),
    api.policy.show(undefined, options),
  ]);
  return {
    status,
    running: running.runs,
    isBusyHere: here !== undefined && here.runs.length > 0,
    // Where another attempt follows, nothing is lost yet.
    failed: failed.runs.filter((run) => run.next === null && endedAt(run) >= newSince),
    upcoming: forecast.occurrences,
    asking: pairing.asked,
    conflicts: conflicts.tasks.map(({ id, name }) => ({ id, name })),
    policy: policy.policy,
  };
}

/** Runs that were never seen to end are recorded by somebody all the same. */
function endedAt({ finishedAt, recordedAt }: RunRecordOutput): number {
  return Date.parse(finishedAt ?? recordedAt);
}
