/** What the tray and the notifier get to know of the cluster: of what is asked, and of what an answer is taken to mean. */
import { describe, expect, it, vi } from 'vitest';
import type { ApiClient } from '../../core/api/contract.ts';
import { look, watchCore } from '../../electron/decisions/core-watch.ts';
import type { Facts } from '../../electron/decisions/glance.ts';

const STARTED = Date.parse('2026-03-10T12:00:00Z');
const SELF = { id: 'm1', self: true, addedAt: '2026-03-10T11:00:00.000Z' };

interface Asked {
  readonly states: readonly string[];
  readonly machine?: string;
  readonly since?: number;
}

interface Story {
  readonly self?: object;
  readonly failed?: readonly object[];
  /** On which machines runs go on. */
  readonly runningOn?: readonly string[];
  status?(): Promise<object>;
}

/** Only what is asked. */
function api({ self, failed = [], runningOn = [], status }: Story) {
  const asked: Asked[] = [];
  const told = { status: { members: self === undefined ? [] : [{ self: false }, self] } };
  const client = {
    cluster: { status: status ?? (() => Promise.resolve(told.status)) },
    runs: {
      list: (question: Asked) => {
        asked.push(question);
        const active = runningOn.filter((machine) => machine === (question.machine ?? machine));
        return Promise.resolve({ runs: question.states.includes('running') ? active : failed });
      },
    },
    tasks: {
      forecast: () => Promise.resolve({ occurrences: [] }),
      list: () => Promise.resolve({ tasks: [] }),
    },
    pairing: { list: () => Promise.resolve({ asked: [] }) },
    policy: { show: () => Promise.resolve({ policy: {} }) },
    // It says nothing.
    events: { watch: () => new Promise<never>(() => undefined) },
  };
  return { client: client as unknown as ApiClient, asked };
}

function failure(id: string, finishedAt: string, next: object | null = null): object {
  return { id, finishedAt, recordedAt: finishedAt, next };
}

async function seen(story: Story): Promise<Facts> {
  return look({ api: api(story).client, ended: new AbortController().signal }, STARTED);
}

describe('a look at the cluster', () => {
  it('knows whether this machine is busy, however much runs elsewhere', async () => {
    expect(await seen({ self: SELF, runningOn: ['m2', 'm2'] })).toMatchObject({ isBusyHere: false });
    expect(await seen({ self: SELF, runningOn: ['m2', 'm1'] })).toMatchObject({ isBusyHere: true });
    expect(await seen({ runningOn: ['m1'] })).toMatchObject({ isBusyHere: false });
  });

  it('sees failures since the app was started, however long ago they were due', async () => {
    const before = failure('before', '2026-03-10T11:59:59Z');
    const since = failure('since', '2026-03-10T12:00:01Z');
    const { client, asked } = api({ self: SELF, failed: [since, before] });
    const facts = await look({ api: client, ended: new AbortController().signal }, STARTED);
    expect(facts.failed).toEqual([since]);
    expect(asked.find(({ states }) => states.includes('lost'))?.since).toBeLessThan(STARTED - 24 * 3_600_000);
  });

  it('sees no failure that is tried again, and one that nobody saw end', async () => {
    const again = failure('again', '2026-03-10T12:30:00Z', { attempt: 2 });
    const lost = { ...failure('lost', '2026-03-10T12:30:00Z'), finishedAt: null };
    expect((await seen({ self: SELF, failed: [again, lost] })).failed).toEqual([lost]);
  });

  it('takes what failed in a cluster before this machine came for old news', async () => {
    const self = { ...SELF, addedAt: '2026-03-10T13:00:00.000Z' };
    const failed = [failure('after', '2026-03-10T13:00:01Z'), failure('before', '2026-03-10T12:59:59Z')];
    expect((await seen({ self, failed })).failed.map(({ id }) => id)).toEqual(['after']);
  });
});

describe('watching the cluster', () => {
  it('goes on after an answer that failed', async () => {
    const warned = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    const ended = new AbortController();
    let looks = 0;
    const { client } = api({
      status: () => {
        looks += 1;
        return looks === 1 ? Promise.reject(new Error('too slow')) : Promise.resolve({ members: [] });
      },
    });
    await new Promise<void>((resolve) => {
      void watchCore({ api: client, ended: ended.signal }, () => resolve(), STARTED);
    });
    ended.abort();
    expect(looks).toBe(2);
    expect(warned).toHaveBeenCalledWith('the core could not be looked at:', 'Error: too slow');
    warned.mockRestore();
  });
});
