/**
 * Everything that can be gone to or done from the command palette: places, settings, tasks, machines, runs, and acts.
 * With nothing typed, what was chosen lately comes first.
 */
import type { MachineOutput } from '../../../core/api/machine-schemas.ts';
import type { RunRecordOutput } from '../../../core/api/run-schemas.ts';
import type { TaskSummary } from '../../../core/api/task-schemas.ts';
import { LANGUAGES, type LanguageTag, type Translate } from '../i18n/language.svelte.ts';
import { type Findable, bestOf } from './palette-search.ts';
import { PLACES } from './router.svelte.ts';
import { SHORTCUTS } from './shortcuts.ts';
import { THEME_CHOICES, type ThemeChoice } from './theme.svelte.ts';

export type PaletteGroup = 'recent' | 'places' | 'acts' | 'tasks' | 'machines' | 'runs';
export type PaletteAct =
  | { readonly kind: 'go'; readonly path: readonly string[] }
  | { readonly kind: 'run-task'; readonly taskId: string; readonly name: string }
  | { readonly kind: 'suspend'; readonly taskId: string; readonly suspended: boolean }
  | { readonly kind: 'drain'; readonly machineId: string; readonly name: string; readonly drained: boolean }
  | { readonly kind: 'theme'; readonly choice: ThemeChoice }
  | { readonly kind: 'language'; readonly tag: LanguageTag }
  | { readonly kind: 'help' };

export interface PaletteItem extends Findable {
  readonly group: PaletteGroup;
  readonly detail: string;
  /** Keys that do the same. */
  readonly keys?: readonly string[];
  readonly act: PaletteAct;
}

export interface PaletteSources {
  readonly tasks: readonly TaskSummary[];
  readonly machines: readonly MachineOutput[];
  readonly runs: readonly RunRecordOutput[];
  /** Sections of the settings, as they are called. */
  readonly settings: readonly { readonly id: string; readonly label: string }[];
  readonly nameOf: (taskId: string) => string;
}

const MOST_OF_A_GROUP = 7;
/** Acts on a task are offered for the tasks that fit best. */
const MOST_ACTED_ON = 3;

export interface PaletteSearch {
  readonly query: string;
  /** Ids of what was chosen lately, newest first. */
  readonly recent: readonly string[];
  readonly score: (text: string, query: string, keywords?: string[]) => number;
}

/** What is offered, in the order in which it is shown: the group with the best match first. */
export function offersOf(
  sources: PaletteSources,
  { query, recent, score }: PaletteSearch,
  t: Translate,
): readonly PaletteItem[] {
  const best = <T extends PaletteItem>(list: readonly T[], most = MOST_OF_A_GROUP): readonly T[] =>
    bestOf(list, query, score, most);
  const places = [...placeItems(t), ...settingItems(sources, t)];
  const acts = [...pageActs(t), ...machineActs(sources, t)];
  const tasks = sources.tasks.map((task) => taskItem(task, t));
  const machines = sources.machines.map((machine) => machineItem(machine, t));
  const runs = sources.runs.map((run) => runItem(run, sources, t));
  if (query.trim() === '') {
    const all = new Map([...places, ...acts, ...tasks, ...machines, ...runs].map((item) => [item.id, item]));
    const known = recent.flatMap((id): PaletteItem[] => {
      const item = all.get(id);
      return item === undefined ? [] : [{ ...item, group: 'recent' }];
    });
    const lately = new Set(known.map(({ id }) => id));
    const fresh = [...placeItems(t), ...pageActs(t)].filter(({ id }) => !lately.has(id));
    return [...known, ...fresh];
  }
  const foundTasks = best(tasks);
  const byId = new Map(sources.tasks.map((task) => [`task ${task.id}`, task]));
  const acted = bestOf(tasks, withoutVerbs(query, t), score, MOST_ACTED_ON).flatMap(({ id }) => {
    const task = byId.get(id);
    return task === undefined ? [] : taskActs(task, t);
  });
  const found = [best(places), foundTasks, best(machines), [...best(acts), ...acted], best(runs)];
  const worth = ([first]: readonly PaletteItem[]): number =>
    first === undefined ? 0 : score(first.label, query.trim().toLowerCase(), [...(first.keywords ?? [])]);
  return found.sort((a, b) => worth(b) - worth(a)).flat();
}

/** What is left of "run nightly" when the words for acts on tasks are taken away; all of it when nothing is left. */
function withoutVerbs(query: string, t: Translate): string {
  const acts = ['palette.runTask', 'palette.suspendTask', 'palette.resumeTask'] as const;
  const verbs = new Set(acts.flatMap((act) => t(act, { name: '' }).toLowerCase().split(/\s+/)));
  const rest = query.split(/\s+/).filter((word) => !verbs.has(word.toLowerCase()));
  return rest.join(' ').trim() === '' ? query : rest.join(' ');
}

function placeItems(t: Translate): readonly PaletteItem[] {
  return PLACES.map((place) => {
    const keys = SHORTCUTS.find(({ act }) => act.kind === 'go' && act.path.length === 1 && act.path[0] === place)?.keys;
    return {
      id: `place ${place}`,
      group: 'places',
      label: t(`shell.${place}`),
      detail: '',
      ...(keys === undefined ? {} : { keys }),
      act: { kind: 'go', path: [place] },
    };
  });
}

function settingItems({ settings }: PaletteSources, t: Translate): readonly PaletteItem[] {
  return settings.map(({ id, label }) => ({
    id: `settings ${id}`,
    group: 'places',
    label,
    detail: t('shell.settings'),
    keywords: [t('shell.settings')],
    act: { kind: 'go', path: ['settings', id] },
  }));
}

function pageActs(t: Translate): readonly PaletteItem[] {
  const themes = { system: 'settings.themeSystem', light: 'settings.themeLight', dark: 'settings.themeDark' } as const;
  const act = (id: string, label: string, what: PaletteAct, keys?: readonly string[]): PaletteItem => ({
    id,
    group: 'acts',
    label,
    detail: '',
    ...(keys === undefined ? {} : { keys }),
    act: what,
  });
  return [
    act('new-task', t('palette.newTask'), { kind: 'go', path: ['tasks', 'new'] }, ['n', 't']),
    act('help', t('palette.help'), { kind: 'help' }, ['?']),
    ...THEME_CHOICES.map((choice) =>
      act(`theme ${choice}`, t('palette.theme', { theme: t(themes[choice]) }), { kind: 'theme', choice }),
    ),
    ...(Object.keys(LANGUAGES) as LanguageTag[]).map((tag) =>
      act(`language ${tag}`, t('palette.language', { language: LANGUAGES[tag] }), { kind: 'language', tag }),
    ),
  ];
}

function machineActs({ machines }: PaletteSources, t: Translate): readonly PaletteItem[] {
  return machines.map(({ id, name, drained }) => ({
    id: `drain ${id}`,
    group: 'acts',
    label: t(drained ? 'palette.undrain' : 'palette.drain', { name }),
    detail: '',
    act: { kind: 'drain', machineId: id, name, drained: !drained },
  }));
}

function taskActs(task: TaskSummary, t: Translate): readonly PaletteItem[] {
  const { id, name, suspended } = task;
  return [
    {
      id: `run ${id}`,
      group: 'acts',
      label: t('palette.runTask', { name }),
      detail: '',
      act: { kind: 'run-task', taskId: id, name },
    },
    {
      id: `suspend ${id}`,
      group: 'acts',
      label: t(suspended ? 'palette.resumeTask' : 'palette.suspendTask', { name }),
      detail: '',
      act: { kind: 'suspend', taskId: id, suspended: !suspended },
    },
  ];
}

function taskItem({ id, name, tags, suspended }: TaskSummary, t: Translate): PaletteItem {
  return {
    id: `task ${id}`,
    group: 'tasks',
    label: name,
    detail: suspended ? t('palette.suspended') : id === name ? '' : id,
    keywords: [id, ...tags],
    act: { kind: 'go', path: ['tasks', id] },
  };
}

function machineItem({ id, name, state }: MachineOutput, t: Translate): PaletteItem {
  return {
    id: `machine ${id}`,
    group: 'machines',
    label: name,
    detail: t(`states.${state}`),
    keywords: [id],
    act: { kind: 'go', path: ['machines', id] },
  };
}

function runItem(run: RunRecordOutput, { nameOf }: PaletteSources, t: Translate): PaletteItem {
  return {
    id: `run-page ${run.id}`,
    group: 'runs',
    label: nameOf(run.taskId),
    detail: [t(`states.${run.state}`), run.machineName ?? ''].filter((part) => part !== '').join(' · '),
    keywords: [run.id, run.machineName ?? ''],
    act: { kind: 'go', path: ['runs', run.id] },
  };
}
