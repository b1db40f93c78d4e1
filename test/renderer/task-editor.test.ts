/** The editor of a task without a browser: what is typed, what others save meanwhile, drafts, files and schedules. */
import { describe, expect, it } from 'vitest';
import { definitionInput } from '../../core/api/task-schemas.ts';
import type { TaskOutput } from '../../core/api/task-schemas.ts';
import type { FacetName, TaskDefinition } from '../../core/domain/task.ts';
import { slugOf } from '../../core/formats/slug.ts';
import { joinCommand, splitCommand } from '../../renderer/src/format/command-line.ts';
import { Language } from '../../renderer/src/i18n/language.svelte.ts';
import { fieldChanges, jsonChanges } from '../../renderer/src/state/facet-diff.ts';
import { localText, patternAs, patternOf, triggerOf } from '../../renderer/src/state/schedule-pattern.ts';
import { FACETS } from '../../renderer/src/state/task-definition.ts';
import { MOST_DRAFTS, TaskDrafts } from '../../renderer/src/state/task-drafts.ts';
import { TaskEditor } from '../../renderer/src/state/task-editor.svelte.ts';
import { TEMPLATE_NAMES } from '../../renderer/src/state/task-template-names.ts';
import { templateOf } from '../../renderer/src/state/task-templates.ts';
import { definitionOfYaml, yamlOf } from '../../renderer/src/state/task-yaml.ts';
import { FakeScheduler, NOW, english, liveAccess, plain, refusal, settle } from './fake-host.ts';

class MemoryStore implements Storage {
  readonly #items = new Map<string, string>();
  get length(): number {
    return this.#items.size;
  }
  key(index: number): string | null {
    return [...this.#items.keys()][index] ?? null;
  }
  getItem(key: string): string | null {
    return this.#items.get(key) ?? null;
  }
  setItem(key: string, value: string): void {
    this.#items.set(key, value);
  }
  removeItem(key: string): void {
    this.#items.delete(key);
  }
  clear(): void {
    this.#items.clear();
  }
}

const ZONE = 'Europe/Berlin';
const backup = templateOf('backup', ZONE, english);

/** A saved task as the API shows it. */
function shown(definition: TaskDefinition, revisions: Partial<Record<FacetName, number>> = {}): TaskOutput {
  const origin = (facet: FacetName) => ({
    revision: revisions[facet] ?? 1,
    author: 'm2',
    authorName: 'nas',
    changedAt: new Date(NOW).toISOString(),
  });
  return {
    definition: { ...definition, schedule: { ...definition.schedule } },
    origins: Object.fromEntries(FACETS.map((facet) => [facet, origin(facet)])),
  } as unknown as TaskOutput;
}

function editorWith(
  start: TaskOutput | TaskDefinition,
  tasks: Record<string, unknown> = {},
  store = new MemoryStore(),
) {
  const scheduler = new FakeScheduler();
  const applied: unknown[] = [];
  const access = liveAccess({
    tasks: {
      validate: async ({ definitions }: { definitions: unknown[] }) => ({
        valid: definitions.every((definition) => definitionInput.safeParse(definition).success),
        errors: definitions.flatMap((definition) => {
          const parsed = definitionInput.safeParse(definition);
          return parsed.success
            ? []
            : parsed.error.issues.map(({ path, message }) => ({
                field: path.join('.'),
                message,
                advice: '',
                index: 0,
              }));
        }),
      }),
      placement: async () => ({ owner: null, preference: [], targets: [], ineligible: [] }),
      apply: async (input: unknown) => void applied.push(input),
      ...tasks,
    },
    schedule: { preview: async () => ({ text: 'At 02:30', timeZone: ZONE, instants: [], occurrences: [] }) },
  });
  const drafts = new TaskDrafts(store);
  const editor = new TaskEditor({ access, scheduler, drafts, t: plain }, start);
  return { editor, scheduler, applied, drafts, store };
}

describe('a new task', () => {
  it('takes its id from its name until an id is typed', () => {
    const { editor } = editorWith(templateOf('empty', ZONE, english));
    editor.set('about', { name: 'Nightly backup' });
    expect(editor.definition.id).toBe('nightly-backup');
    editor.setId('nb');
    editor.set('about', { name: 'Another' });
    expect(editor.definition.id).toBe('nb');
  });

  it('is refused in words at the fields, and only after they were touched or a save was tried', async () => {
    const { editor, applied } = editorWith(templateOf('empty', ZONE, english));
    await settle();
    expect(editor.problemAt('about.name')).toBeUndefined();
    expect(await editor.save()).toBeUndefined();
    expect(editor.problemAt('about.name')).toBe('editor.needName');
    expect(editor.problemAt('action.argv')).toBe('editor.needCommand');
    expect(applied).toEqual([]);
  });

  it('is not saved with what is wrong in it when one goes on typing while it is looked at', async () => {
    const gate = Promise.withResolvers<undefined>();
    const validate = async () => {
      await gate.promise;
      return { valid: true, errors: [] };
    };
    const { editor, applied, scheduler } = editorWith(templateOf('empty', ZONE, english), { validate });
    const saved = editor.save();
    editor.set('about', { name: 'Typed meanwhile' });
    await scheduler.advance(5000);
    gate.resolve(undefined);
    expect(await saved).toBeUndefined();
    expect(applied).toEqual([]);
  });

  it('is created once everything is said, and no field that cannot be read stands in the way', async () => {
    const { editor, applied } = editorWith(backup);
    editor.note('policy.timeoutMs', 'not a duration');
    expect(await editor.save()).toBeUndefined();
    editor.note('policy.timeoutMs', undefined);
    expect(await editor.save()).toBe('nightly-backup');
    expect(applied).toEqual([{ definitions: [backup], mode: 'create' }]);
  });
});

describe('two people edit one task', () => {
  const mine = { ...backup.policy, priority: 7 };
  const theirs: TaskDefinition = { ...backup, about: { ...backup.about, description: 'theirs' } };

  it('what only the other one changed is taken over and told', async () => {
    const { editor, applied } = editorWith(shown(backup), { get: async () => shown(theirs, { about: 2 }) });
    editor.set('policy', mine);
    await editor.lookAgain();
    expect(editor.definition.about.description).toBe('theirs');
    expect(editor.foreign).toMatchObject([{ facet: 'about', by: 'nas', contested: false }]);
    expect(await editor.save()).toBe(backup.id);
    expect(applied).toMatchObject([{ mode: 'upsert', expectRevisions: { about: 2, policy: 1 } }]);
  });

  it('what both changed waits for a choice, facet by facet', async () => {
    const other: TaskDefinition = { ...backup, policy: { ...backup.policy, priority: -3 } };
    let refusals = 1;
    const { editor, applied } = editorWith(shown(backup), {
      get: async () => shown(other, { policy: 2 }),
      apply: async (input: unknown) => {
        if (refusals-- > 0) throw refusal('DOCUMENT_CONFLICT', 'policy was changed meanwhile');
        applied.push(input);
      },
    });
    editor.set('policy', mine);
    expect(await editor.save()).toBeUndefined();
    expect(editor.contested).toMatchObject([{ facet: 'policy' }]);
    expect(editor.refusal).toBeUndefined();
    expect(await editor.save(), 'nothing is saved before the choice').toBeUndefined();
    const [save] = editor.contested;
    if (save !== undefined) editor.settle(save, 'mine');
    expect(await editor.save()).toBe(backup.id);
    expect(applied).toMatchObject([{ definitions: [{ policy: { priority: 7 } }], expectRevisions: { policy: 2 } }]);
  });

  it('theirs is taken when that is chosen', async () => {
    const other: TaskDefinition = { ...backup, policy: { ...backup.policy, priority: -3 } };
    const { editor } = editorWith(shown(backup), { get: async () => shown(other, { policy: 2 }) });
    editor.set('policy', mine);
    await editor.lookAgain();
    const [save] = editor.contested;
    if (save !== undefined) editor.settle(save, 'theirs');
    expect(editor.definition.policy.priority).toBe(-3);
    expect(editor.dirty).toBe(false);
  });

  it('a task that is gone is told, and brought back by a save', async () => {
    const { editor, applied } = editorWith(shown(backup), {
      get: async () => Promise.reject(refusal('TASK_NOT_FOUND', 'there is no such task')),
    });
    await editor.lookAgain();
    expect(editor.gone).toBe(true);
    editor.set('policy', mine);
    expect(await editor.save()).toBe(backup.id);
    expect(applied).toMatchObject([{ mode: 'upsert' }]);
    expect(applied[0]).not.toHaveProperty('expectRevisions');
  });
});

describe('a draft', () => {
  it('survives a reload, is offered, and is gone once saved', async () => {
    const { editor, scheduler, store } = editorWith(shown(backup));
    editor.set('about', { name: 'Other name' });
    await scheduler.advance(1000);
    const again = editorWith(shown(backup), {}, store);
    expect(again.editor.definition.about.name).toBe('Nightly backup');
    expect(again.editor.offered?.definition.about.name).toBe('Other name');
    again.editor.takeDraft();
    expect(again.editor.definition.about.name).toBe('Other name');
    expect(await again.editor.save()).toBe(backup.id);
    expect(store.length).toBe(0);
  });

  it('gives way to newer ones, and is nothing when it cannot be read', () => {
    const store = new MemoryStore();
    const drafts = new TaskDrafts(store);
    for (let number = 0; number < MOST_DRAFTS + 5; number += 1) {
      drafts.write(`t${number}`, { definition: backup, savedAt: NOW + number });
    }
    expect(store.length).toBe(MOST_DRAFTS);
    expect(drafts.read('t0')).toBeUndefined();
    store.setItem('carillon.draft.odd', '{"definition": 3}');
    expect(drafts.read('odd')).toBeUndefined();
  });
});

describe('a task as a file', () => {
  it.each(TEMPLATE_NAMES)('the template %s reads back to itself, and core accepts it', (name) => {
    const definition = templateOf(name, ZONE, english);
    expect(definitionInput.safeParse(definition).success).toBe(true);
    const back = definitionOfYaml(yamlOf(definition, []), [], ZONE, english);
    expect(back).toEqual({ ok: true, definition });
  });

  it('begins in the language of the page, also with the id', async () => {
    const german = new Language({ getItem: () => null, setItem: () => undefined }, { lang: 'en' });
    await german.choose('de');
    for (const name of TEMPLATE_NAMES) {
      const [inEnglish, inGerman] = [templateOf(name, ZONE, english), templateOf(name, ZONE, german.t)];
      expect(inGerman.about.description).not.toBe(inEnglish.about.description);
      expect(inGerman.about.description).not.toContain('editor.');
      expect(inGerman.action).toEqual(inEnglish.action);
      expect(inGerman.id).toBe(slugOf(inGerman.about.name));
    }
    expect(templateOf('backup', ZONE, german.t)).toMatchObject({
      id: 'nachtliche-sicherung',
      about: { name: 'Nächtliche Sicherung', tags: ['backup'] },
    });
  });

  it('names machines, and tells errors by line', () => {
    const machines = [{ id: '12D3KooWAaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', name: 'nas' }];
    const pinned = definitionOfYaml('name: A\ncommand: [x]\nplacement: { on: nas }\n', machines, ZONE, english);
    expect(pinned).toMatchObject({ ok: true, definition: { placement: { mode: 'pin', machine: machines[0]?.id } } });
    if (pinned.ok) expect(yamlOf(pinned.definition, machines)).toContain('on: nas');
    const wrong = definitionOfYaml('name: A\ncommand: [x]\npolicy:\n  timeout: 3600\n', machines, ZONE, english);
    expect(wrong).toMatchObject({ ok: false, errors: [{ line: 4 }] });
  });
});

describe('a schedule in patterns', () => {
  it.each([
    ['30 2 * * *', { kind: 'daily', time: '02:30' }],
    ['0 9 * * 1-5', { kind: 'weekdays', time: '09:00' }],
    ['5 4 * * 0,6', { kind: 'weekly', days: [0, 6], time: '04:05' }],
    ['0 0 L * *', { kind: 'monthly', day: 'L', time: '00:00' }],
    ['15 12 31 * *', { kind: 'monthly', day: 31, time: '12:15' }],
    ['*/5 * * * *', { kind: 'cron', expression: '*/5 * * * *' }],
    ['0 99 * * *', { kind: 'cron', expression: '0 99 * * *' }],
    ['0 0 1 * 1', { kind: 'cron', expression: '0 0 1 * 1' }],
  ])('%s is what people call it, and comes back', (expression, pattern) => {
    const trigger = { kind: 'cron', expression } as const;
    expect(patternOf(trigger)).toEqual(pattern);
    expect(triggerOf(patternOf(trigger))).toEqual(trigger);
  });

  it('keeps the time of day from one pattern to the next, and the grid of an interval', () => {
    expect(patternAs('weekdays', { kind: 'daily', time: '07:15' }, NOW)).toEqual({ kind: 'weekdays', time: '07:15' });
    expect(patternAs('cron', { kind: 'daily', time: '07:15' }, NOW)).toEqual({
      kind: 'cron',
      expression: '15 7 * * *',
    });
    const interval = { kind: 'interval', everyMs: 5_400_000, anchorAt: 1000 } as const;
    expect(patternOf(interval)).toEqual({ kind: 'every', count: 90, unit: 'minutes', anchorAt: 1000 });
    expect(triggerOf(patternOf(interval))).toEqual(interval);
  });

  it('shows instants by the clock of the zone', () => {
    expect(localText(Date.UTC(2026, 6, 1, 10), ZONE)).toBe('2026-07-01T12:00');
    expect(localText(Date.UTC(2026, 0, 1, 10), 'no/zone')).toBe('2026-01-01T10:00');
  });
});

describe('what differs', () => {
  it('is told field by field', () => {
    expect(fieldChanges({ a: 1, b: { c: [1, 2] } }, { a: 1, b: { c: [1, 3], d: 'x' } })).toEqual([
      { path: 'b.c', before: '1, 2', after: '1, 3' },
      { path: 'b.d', before: undefined, after: 'x' },
    ]);
    expect(jsonChanges(null, '{"name":"A"}')).toEqual([{ path: 'name', before: undefined, after: 'A' }]);
  });

  it('a command line reads back to the same words', () => {
    const argv = ['echo', "it's", 'two words', '', '$HOME', 'a=b'];
    expect(splitCommand(joinCommand(argv))).toEqual({ ok: true, argv });
  });
});
