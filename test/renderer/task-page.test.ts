/** The page of a task without a browser: its definition in words, its past and the way back, its conflicts. */
import { describe, expect, it } from 'vitest';
import type { TaskOutput } from '../../core/api/task-schemas.ts';
import { Language } from '../../renderer/src/i18n/language.svelte.ts';
import { definitionFacts } from '../../renderer/src/state/definition-words.ts';
import { fieldChanges } from '../../renderer/src/state/facet-diff.ts';
import { wordedChanges } from '../../renderer/src/state/facet-words.ts';
import { Notices } from '../../renderer/src/state/notices.svelte.ts';
import { TaskConflicts } from '../../renderer/src/state/task-conflicts.svelte.ts';
import { TaskRevisions } from '../../renderer/src/state/task-revisions.svelte.ts';
import { FakeScheduler, NOW, liveAccess, refusal, settle } from './fake-host.ts';

const { t } = new Language(new Map() as never, { lang: 'en' });
const at = (ms: number): string => new Date(NOW + ms).toISOString();

describe('a definition in words', () => {
  const policy = {
    overlap: 'skip',
    guarantee: 'at-most-once',
    catchUp: { mode: 'latest', windowMs: 86_400_000 },
    retry: { maxAttempts: 3, initialMs: 10_000 },
  };
  const task = (change: object): TaskOutput =>
    ({
      scheduleText: 'at 02:30 every day',
      definition: {
        schedule: { triggers: [], timeZone: 'Europe/Berlin', jitterMs: 0 },
        action: { type: 'command', argv: ['/bin/tar', '-c', 'my files'] },
        placement: { mode: 'one', labels: {}, operatingSystems: [], architectures: [] },
        policy,
        ...change,
      },
    }) as unknown as TaskOutput;

  const factsOf = (of: TaskOutput, nameOf = (id: string): string => id): ReadonlyMap<string, string> =>
    new Map(definitionFacts(of, nameOf, t).map(([name, value]) => [name, value]));

  it('says when, what, where, and what happens when things go wrong', () => {
    const facts = factsOf(task({}));
    expect(facts.get('When')).toBe('at 02:30 every day\nEurope/Berlin');
    expect(facts.get('What')).toBe('/bin/tar -c "my files"');
    expect(facts.get('If it fails')).toBe('try up to 2 times more, first after 10 s');
    expect(facts.get('If it was missed')).toBe('run once for the newest missed, up to 1 d old');
    expect(facts.get('If the network splits')).toBe('wait rather than run twice');
    expect(facts.has('Time limit')).toBe(false);
  });

  it('names the machine it is pinned to, and what others must have', () => {
    const placement = { mode: 'pin', machine: 'm1', labels: { disk: 'big' }, operatingSystems: [], architectures: [] };
    const facts = factsOf(task({ placement }), () => 'nas');
    expect(facts.get('Where')).toBe('on nas only\nwith disk=big');
  });
});

it('changes of fields are told with their names and units, the others by their path', () => {
  const before = { timeoutMs: 60_000, triggers: [{ kind: 'cron', expression: '0 1 * * *' }], odd: { thing: 1 } };
  const after = { timeoutMs: 90_000, triggers: [{ kind: 'cron', expression: '0 2 * * *' }], odd: { thing: 2 } };
  expect(
    wordedChanges(fieldChanges(before, after), t).map(({ field, before, after }) => [field, before, after]),
  ).toEqual([
    ['Time limit', '1 min', '1 min 30 s'],
    ['Cron', '0 1 * * *', '0 2 * * *'],
    ['odd.thing', '1', '2'],
  ]);
  const scope = { name: 'scope', type: 'choice', choices: ['all', 'shop'] };
  const label = { name: 'label', type: 'text' };
  const had = { parameters: [label], environment: {} };
  const has = { parameters: [scope, { ...label, type: 'number' }], environment: { KEEP: '28' } };
  expect(wordedChanges(fieldChanges(had, has), t).map(({ field, before, after }) => [field, before, after])).toEqual([
    ['Parameter label type', 'text', 'number'],
    ['Parameter scope', undefined, 'type: choice\nchoices: all, shop'],
    ['Variable KEEP', undefined, '28'],
  ]);
  expect(wordedChanges(fieldChanges(undefined, { description: '', tags: [] }), t)).toEqual([]);
  expect(wordedChanges(fieldChanges({ suspended: false }, { suspended: true }), t)).toMatchObject([
    { field: 'Suspended', before: 'no', after: 'yes' },
  ]);
});

describe('the past of a task', () => {
  const revision = (changeHash: string, facet: string, before: unknown, after: unknown, change: object = {}) => ({
    changeHash,
    facet,
    before: before === null ? null : JSON.stringify(before),
    after: JSON.stringify(after),
    revision: 1,
    author: 'm1',
    authorName: 'nas',
    changedAt: at(0),
    signed: true,
    void: false,
    ...change,
  });
  const HISTORY = [
    revision('dd', 'about', { name: 'B' }, { name: 'C' }, { void: true }),
    revision('cc', 'about', { name: 'A' }, { name: 'B' }),
    revision('cc', 'policy', { priority: 0 }, { priority: 5 }),
    revision('bb', 'deleted', false, true, { authorName: null }),
    revision('aa', 'about', null, { name: 'A' }, { signed: false }),
  ];

  function setUp(revert: (input: object) => unknown) {
    const asked: object[] = [];
    const access = liveAccess({
      tasks: {
        history: async () => ({ revisions: HISTORY }),
        revert: async (input: object) => {
          asked.push(input);
          return revert(input);
        },
      },
    });
    const notices = new Notices(new FakeScheduler());
    return { asked, notices, revisions: new TaskRevisions('backup', access, notices, t) };
  }

  it('is told change by change: what was made, changed, deleted; what does not count, and what holds now', async () => {
    const { revisions } = setUp(() => ({}));
    await revisions.refresh();
    expect(
      revisions.entries.map(({ changeHash, kind, current, void: empty }) => [changeHash, kind, current, empty]),
    ).toEqual([
      ['dd', 'changed', false, true],
      ['cc', 'changed', true, false],
      ['bb', 'deleted', false, false],
      ['aa', 'created', false, false],
    ]);
    expect(revisions.entries[1]?.parts.map(({ facet, changes }) => [facet, changes[0]?.after])).toEqual([
      ['about', 'B'],
      ['policy', '5'],
    ]);
    expect(revisions.entries[3]).toMatchObject({ signed: false, parts: [{ first: true }] });
  });

  it('is brought back in part, and that is taken back to what held before', async () => {
    const { asked, notices, revisions } = setUp(() => ({ outcome: 'changed' }));
    await revisions.refresh();
    await revisions.bringBack('aa', 'about');
    expect(notices.list.map(({ text }) => text)).toEqual(['Brought back.']);
    notices.actOnNewest();
    await settle();
    expect(asked).toEqual([
      { id: 'backup', changeHash: 'aa', facet: 'about' },
      { id: 'backup', changeHash: 'cc' },
    ]);
  });

  it('says when it is like that already, and why it cannot be', async () => {
    let broken = false;
    const { notices, revisions } = setUp(() => {
      if (broken) throw refusal('SECRET_NOT_FOUND', 'the secret is gone');
      return { outcome: 'unchanged' };
    });
    await revisions.refresh();
    await revisions.bringBack('aa');
    broken = true;
    await revisions.bringBack('aa');
    expect(notices.list.map(({ text }) => text)).toEqual(['It is like that already.', 'The secret is gone.']);
  });
});

describe('conflicts of a task', () => {
  const value = (key: string, name: string, inForce: boolean) => ({
    key,
    inForce,
    value: JSON.stringify({ name, tags: [] }),
    revision: 2,
    author: 'm1',
    authorName: key,
    changedAt: at(0),
  });

  it('stand side by side, the one in force first, each with what it says where they differ', async () => {
    const settled: object[] = [];
    const access = liveAccess({
      tasks: {
        conflicts: async () => ({ values: [value('anna', 'Backup', false), value('ben', 'Dump', true)] }),
        settle: async (input: object) => {
          settled.push(input);
          return { id: 'backup' };
        },
      },
    });
    const conflicts = new TaskConflicts('backup', access, new Notices(new FakeScheduler()), t);
    await conflicts.refresh(['about']);
    expect(conflicts.list).toMatchObject([
      {
        facet: 'about',
        sides: [
          { key: 'ben', inForce: true, fields: [{ field: 'Name', after: 'Dump' }] },
          { key: 'anna', inForce: false, fields: [{ field: 'Name', after: 'Backup' }] },
        ],
      },
    ]);
    await conflicts.settle('about', 'anna');
    expect(settled).toEqual([{ id: 'backup', facet: 'about', chosen: 'anna' }]);
    expect(conflicts.list).toEqual([]);
  });
});
