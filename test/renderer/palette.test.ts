/** The command palette, the shortcuts and the notifications without a browser. */
import { describe, expect, it } from 'vitest';
import type { MachineOutput } from '../../core/api/machine-schemas.ts';
import { Language } from '../../renderer/src/i18n/language.svelte.ts';
import { notificationsOf } from '../../renderer/src/state/notifications.ts';
import { NotificationsState } from '../../renderer/src/state/notifications.svelte.ts';
import { type PaletteSources, offersOf } from '../../renderer/src/state/palette.ts';
import { bestOf } from '../../renderer/src/state/palette-search.ts';
import { MOST_RECENT, RecentChoices } from '../../renderer/src/state/recent-choices.ts';
import { type PressedKey, ShortcutKeys } from '../../renderer/src/state/shortcuts.ts';
import { FakeScheduler, NOW, liveAccess, runRecord, settle, taskSummary } from './fake-host.ts';

const { t } = new Language(new Map() as never, { lang: 'en' });

function memory(): Pick<Storage, 'getItem' | 'setItem'> {
  const kept = new Map<string, string>();
  return { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => void kept.set(key, value) };
}

/** Whole words count more than scattered letters. */
const score = (text: string, query: string, keywords: string[] = []): number =>
  text.toLowerCase().startsWith(query) ? 1 : [text, ...keywords].join(' ').toLowerCase().includes(query) ? 0.5 : 0.1;
const machine = { id: 'm1', name: 'nas', state: 'alive', drained: false } as MachineOutput;
const sources = (change: Partial<PaletteSources> = {}): PaletteSources => ({
  tasks: [taskSummary('backup', { name: 'Nightly backup', tags: ['disk'] }), taskSummary('mail', { name: 'Mail' })],
  machines: [machine],
  runs: [runRecord('r1', { taskId: 'backup', state: 'failed' })],
  settings: [{ id: 'secrets', label: 'Secrets' }],
  nameOf: (id) => `Task ${id}`,
  ...change,
});
const offers = (query: string, recent: readonly string[] = []) => offersOf(sources(), { query, recent, score }, t);

describe('the command palette', () => {
  it('finds by letters in their order, beginnings and whole words first, and never more than asked for', () => {
    const list = ['mail', 'nightly mail', 'main dial', 'xyz'].map((label) => ({ id: label, label }));
    expect(bestOf(list, 'mail', score, 9).map(({ id }) => id)).toEqual(['mail', 'nightly mail', 'main dial']);
    expect(bestOf(list, 'mail', score, 1)).toHaveLength(1);
    const many = Array.from({ length: 10_000 }, (_, number) => ({ id: `${number}`, label: `feed ${number}` }));
    let scored = 0;
    const counting = (text: string, query: string): number => {
      scored += 1;
      return score(text, query);
    };
    expect(bestOf(many, 'feed', counting, 5)).toHaveLength(5);
    expect(scored).toBeLessThanOrEqual(400);
  });

  it('begins with what was chosen lately, then places and acts, and forgets what is gone', () => {
    const begin = offers('', ['task mail', 'task gone', 'place runs']);
    expect(begin.slice(0, 2).map(({ label, group }) => [label, group])).toEqual([
      ['Mail', 'recent'],
      ['Runs', 'recent'],
    ]);
    expect(begin.filter(({ id }) => id === 'place runs')).toHaveLength(1);
    expect(begin.some(({ id }) => id === 'place tasks')).toBe(true);
  });

  it('finds a task by its name, its id or a tag, and offers to run and to suspend it', () => {
    expect(offers('disk').find(({ group }) => group === 'tasks')).toMatchObject({ label: 'Nightly backup' });
    const ids = offers('nightly').map(({ id }) => id);
    expect(ids).toContain('run backup');
    expect(ids).toContain('suspend backup');
    expect(offers('run nightly').map(({ id }) => id)).toContain('run backup');
  });

  it('finds machines, runs and sections of the settings', () => {
    expect(offers('nas').find(({ group }) => group === 'machines')?.act).toEqual({
      kind: 'go',
      path: ['machines', 'm1'],
    });
    expect(offers('r1').find(({ group }) => group === 'runs')).toMatchObject({ label: 'Task backup' });
    expect(offers('secrets')[0]?.act).toEqual({ kind: 'go', path: ['settings', 'secrets'] });
  });

  it('keeps a bounded number of recent choices, newest first, and survives what others wrote there', () => {
    const store = memory();
    const recent = new RecentChoices(store);
    for (let number = 0; number < 10; number += 1) recent.note(`task ${number}`);
    recent.note('task 7');
    expect(recent.ids).toHaveLength(MOST_RECENT);
    expect(recent.ids.slice(0, 2)).toEqual(['task 7', 'task 9']);
    store.setItem('carillon.recent', '{broken');
    expect(recent.ids).toEqual([]);
  });
});

describe('shortcuts', () => {
  const key = (name: string, change: Partial<PressedKey> = {}): PressedKey => ({
    key: name,
    ctrlKey: false,
    metaKey: false,
    altKey: false,
    repeat: false,
    ...change,
  });

  it('are made of keys one after the other, and begin anew with a key that does not fit', () => {
    const keys = new ShortcutKeys(new FakeScheduler());
    expect(keys.press(key('g'))).toBeUndefined();
    expect(keys.press(key('t'))).toEqual({ kind: 'go', path: ['tasks'] });
    expect(keys.press(key('t'))).toBeUndefined();
    expect(keys.press(key('g'))).toBeUndefined();
    expect(keys.press(key('?'))).toEqual({ kind: 'open', what: 'help' });
  });

  it('are forgotten after a while, and leave keys with Ctrl to others', async () => {
    const scheduler = new FakeScheduler();
    const keys = new ShortcutKeys(scheduler);
    keys.press(key('g'));
    await scheduler.advance(2000);
    expect(keys.press(key('o'))).toBeUndefined();
    keys.press(key('g'));
    expect(keys.press(key('o', { ctrlKey: true }))).toBeUndefined();
  });
});

describe('notifications', () => {
  const at = (agoMs: number): string => new Date(NOW - agoMs).toISOString();

  it('tell of failures, refusals, lost machines, conflicts and who asks to join, newest first', () => {
    const list = notificationsOf(
      {
        runs: [
          runRecord('a', { state: 'failed', finishedAt: at(5000), reason: { code: 'EXIT', text: 'exit code 1' } }),
          runRecord('b', { state: 'refused', finishedAt: null, recordedAt: at(1000) }),
        ],
        machines: [{ ...machine, state: 'dead', lastSeenAt: at(3000), stateReason: 'silent' }],
        asked: [{ id: 'p', name: 'pi', askedAt: at(2000) } as never],
        tasks: [{ id: 'x', name: 'X', conflicts: ['schedule'], changedAt: at(4000) }],
        nameOf: (id) => id,
      },
      t,
    );
    expect(list.map(({ kind }) => kind)).toEqual(['refusal', 'pairing', 'machine', 'conflict', 'failure']);
    expect(list.at(-1)).toMatchObject({ title: 'backup: Failed', detail: 'on nas · exit code 1', path: ['runs', 'a'] });
  });

  it('are unread until somebody here reads them, and unread again when it happens anew', async () => {
    const store = memory();
    const failed = [runRecord('a', { state: 'failed' })];
    const api = {
      runs: { list: async () => ({ runs: failed, nextCursor: null }) },
      pairing: { list: async () => ({ asked: [] }) },
    };
    const listeners = new Set<(signal: never) => void>();
    const page = {
      access: liveAccess(api),
      scheduler: new FakeScheduler(),
      cluster: { machines: [] },
      tasks: { all: [], nameOf: (id: string) => id },
      onSignal: (listener: (signal: never) => void) => {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
    };
    const centre = new NotificationsState(page as never, store, t);
    centre.start();
    await settle();
    expect(centre.unread).toBe(1);
    centre.markAllRead();
    expect(centre.unread).toBe(0);
    const again = new NotificationsState(page as never, store, t);
    again.start();
    await settle();
    expect(again.unread).toBe(0);
    for (const listener of listeners)
      listener({ kind: 'run', runs: [runRecord('b', { state: 'lost', sequence: 2 })] } as never);
    expect(again.unread).toBe(1);
    centre.stop();
    again.stop();
    expect(listeners.size).toBe(0);
  });
});
