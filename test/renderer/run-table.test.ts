import { describe, expect, it } from 'vitest';
import type { RunRecordOutput } from '../../core/api/run-schemas.ts';
import { type Addresses, Router } from '../../renderer/src/state/router.svelte.ts';
import { csvOfRuns } from '../../renderer/src/state/run-export.ts';
import { belongs, questionOf, runFilterOf } from '../../renderer/src/state/run-filter.ts';
import { RunTable } from '../../renderer/src/state/run-table.svelte.ts';
import { MOST_SAVED, SavedFilters } from '../../renderer/src/state/saved-filters.svelte.ts';
import { FakeScheduler, NOW, liveAccess, refusal, runRecord, settle } from './fake-host.ts';

const at = (offsetMs: number): string => new Date(NOW + offsetMs).toISOString();
const shown = (id: string, offsetMs: number, change: Partial<RunRecordOutput> = {}) => ({
  ...runRecord(id, { dueAt: at(offsetMs), nominalAt: at(offsetMs), recordedAt: at(offsetMs), ...change }),
  duplicate: false,
});
type List = (input: Record<string, unknown>) => Promise<unknown>;

function tableOf(list: List, hash = '') {
  const addresses: Addresses = { hash: () => hash, set: () => undefined, listen: () => () => undefined };
  const scheduler = new FakeScheduler();
  const access = liveAccess({ runs: { list } });
  const tasks = { nameOf: (id: string) => (id === 'backup' ? 'Nightly backup' : id) };
  const router = new Router(addresses);
  const table = new RunTable({ access, scheduler, tasks: tasks as never }, router);
  const ids = (): string[] => table.rows.map((run) => run.id);
  return { table, scheduler, router, ids };
}

describe('the table of runs', () => {
  it('asks by the filter in the address, and reads on where the page ended', async () => {
    const asked: Record<string, unknown>[] = [];
    const { table, ids } = tableOf(async (input) => {
      asked.push(input);
      return input['cursor'] === undefined
        ? { runs: [shown('b', 2), shown('a', 1)], nextCursor: 'next' }
        : { runs: [shown('z', 0)], nextCursor: null };
    }, '#/runs?q=disk&task=backup&machine=m1&state=failed&since=24h');
    table.refiltered();
    await settle();
    expect(asked[0]).toMatchObject({ text: 'disk', task: 'backup', machine: 'm1', since: NOW - 86_400_000 });
    expect(asked[0]?.['states']).toEqual(['failed', 'timed-out', 'lost', 'refused']);
    expect([table.loaded, table.hasOlder]).toEqual([true, true]);
    await table.loadOlder();
    expect(asked[1]).toMatchObject({ cursor: 'next', text: 'disk' });
    expect([ids(), table.hasOlder]).toEqual([['b', 'a', 'z'], false]);
  });

  it('goes on by itself through pages in which nothing was found', async () => {
    let pages = 0;
    const { table, ids } = tableOf(async () => {
      pages += 1;
      return pages < 5 ? { runs: [], nextCursor: String(pages) } : { runs: [shown('old', -9)], nextCursor: 'more' };
    });
    table.refiltered();
    await settle();
    for (let turn = 0; turn < 5; turn += 1) await settle();
    expect([pages, ids()]).toEqual([5, ['old']]);
  });

  it('lets new runs in while the newest are in sight, and has them wait while one reads further down', async () => {
    const { table, ids } = tableOf(async () => ({ runs: [shown('b', 2), shown('a', 1)], nextCursor: null }));
    table.refiltered();
    await settle();
    table.note([shown('c', 3)]);
    expect(ids()).toEqual(['c', 'b', 'a']);
    table.scrolled(false);
    table.note([shown('d', 4), shown('e', 5)]);
    expect([ids(), table.waitingCount]).toEqual([['c', 'b', 'a'], 2]);
    table.note([shown('d', 4, { state: 'failed', recordedAt: at(9) })]);
    table.showWaiting();
    expect([ids(), table.waitingCount]).toEqual([['e', 'd', 'c', 'b', 'a'], 0]);
    expect(table.rows[1]?.state).toBe('failed');
  });

  it('brings a run up to date where it stands, and never lets an ended one run again', async () => {
    const { table, ids } = tableOf(async () => ({
      runs: [shown('b', 2, { state: 'running', finishedAt: null }), shown('a', 1)],
      nextCursor: null,
    }));
    table.refiltered();
    await settle();
    table.scrolled(false);
    table.note([shown('b', 2, { state: 'failed', recordedAt: at(50) })]);
    table.note([shown('b', 2, { state: 'running', recordedAt: at(60) })]);
    expect([ids(), table.rows[0]?.state]).toEqual([['b', 'a'], 'failed']);
  });

  it('drops the note that an attempt waits once a machine has started it', async () => {
    const occurrenceId = 'same';
    const note = shown('note', 2, { state: 'withheld', occurrenceId, startedAt: null, finishedAt: null });
    const { table, ids } = tableOf(async () => ({ runs: [note], nextCursor: null }));
    table.refiltered();
    await settle();
    table.note([shown('real', 2, { state: 'running', occurrenceId, finishedAt: null })]);
    expect(ids()).toEqual(['real']);
  });

  it('leaves out what comes by signal and does not fit, or lies beyond what was read', async () => {
    const page = { runs: [shown('b', 2), shown('a', 1)], nextCursor: 'more' };
    const { table, ids } = tableOf(async () => page, '#/runs?q=nightly%20nas');
    table.refiltered();
    await settle();
    table.note([shown('c', 3, { machineName: 'desk' }), shown('d', 4), shown('old', -50)]);
    expect(ids()).toEqual(['d', 'b', 'a']);
  });

  it('keeps one where one has read to when everything is fetched again', async () => {
    let newest = [shown('c', 3), shown('b', 2)];
    const { table, scheduler, ids } = tableOf(async ({ cursor }) =>
      cursor === undefined ? { runs: newest, nextCursor: 'more' } : { runs: [shown('a', 1)], nextCursor: 'still more' },
    );
    table.refiltered();
    await settle();
    await table.loadOlder();
    table.scrolled(false);
    newest = [shown('d', 4), shown('c', 3, { state: 'failed', recordedAt: at(9) })];
    table.reload();
    await scheduler.advance(1000);
    expect([ids(), table.waitingCount, table.rows[0]?.state]).toEqual([['c', 'b', 'a'], 1, 'failed']);
    // With a gap between them nothing of the old list can stay.
    newest = [shown('z', 90), shown('y', 80)];
    table.reload();
    await scheduler.advance(1000);
    expect(ids()).toEqual(['z', 'y']);
  });

  it('says why nothing came, and keeps what it has', async () => {
    let fails = false;
    const { table, scheduler, ids } = tableOf(async () => {
      if (fails) throw refusal('BUSY', 'Too much to do.');
      return { runs: [shown('a', 1)], nextCursor: null };
    });
    table.refiltered();
    await settle();
    fails = true;
    table.reload();
    await scheduler.advance(1000);
    expect([table.refusal?.code, ids()]).toEqual(['BUSY', ['a']]);
    fails = false;
    table.reload();
    await scheduler.advance(1000);
    expect(table.refusal).toBeUndefined();
  });
});

describe('the filter of runs', () => {
  it('takes from an address what makes sense, and leaves out the rest', () => {
    expect(runFilterOf({ state: 'nonsense', since: 'yesterday', until: '2026-11-23T10:00:00Z' })).toMatchObject({
      state: undefined,
      since: undefined,
      until: Date.UTC(2026, 10, 23, 10),
    });
    expect(questionOf(runFilterOf({ state: 'lost', since: '1h' }), NOW)).toEqual({
      states: ['lost'],
      since: NOW - 3_600_000,
    });
  });

  it('finds all words, in whatever order, in name, machine, reason or result', () => {
    const run = runRecord('a', { reason: { code: 'EXIT', text: 'disk full' }, result: '{"rows":17}' });
    const names = { task: () => 'Nightly backup' };
    const fits = (q: string): boolean => belongs(run, runFilterOf({ q }), names, NOW);
    expect(['NIGHTLY', 'nas disk', 'rows":17 exit', ' '].map(fits)).toEqual([true, true, true, true]);
    expect(['desk', 'nas desk'].map(fits)).toEqual([false, false]);
  });
});

describe('saved filters', () => {
  it('stay in the browser, by name, and are found again by what they say', () => {
    const store = new Map<string, string>();
    const storage = { getItem: (key: string) => store.get(key) ?? null, setItem: store.set.bind(store) };
    const saved = new SavedFilters(storage);
    saved.save(' Failures of nas ', { state: 'failed', machine: 'm1', tab: 'x' });
    saved.save('All backups', { q: 'backup' });
    const again = new SavedFilters(storage);
    expect(again.list.map(({ name }) => name)).toEqual(['All backups', 'Failures of nas']);
    expect(again.find({ machine: 'm1', state: 'failed', q: '' })?.name).toBe('Failures of nas');
    again.remove('All backups');
    expect(new SavedFilters(storage).list).toHaveLength(1);
    for (let count = 0; count < 50; count += 1) again.save(`filter ${count}`, { q: String(count) });
    expect(again.list).toHaveLength(MOST_SAVED);
  });

  it('are none when what was stored is damaged', () => {
    for (const text of ['{', '7', '[{"name":1}]', '[null]', '{"a":1}']) {
      expect(new SavedFilters({ getItem: () => text, setItem: () => undefined }).list).toEqual([]);
    }
  });
});

describe('runs as CSV', () => {
  it('are quoted as RFC 4180 says, and hold no formula', () => {
    const run = shown('a', 0, { reason: { code: 'EXIT', text: 'said "no",\nthen left' }, result: '=1+1' });
    const text = csvOfRuns([run], () => '@evil');
    expect(text).toContain('"said ""no"",\nthen left"');
    expect(text).toContain(",'@evil,");
    expect(text).toContain(",'=1+1\r\n");
    expect(text.split('\r\n')[0]).toMatch(/^run,task,name,attempt,state,machine/);
  });
});
