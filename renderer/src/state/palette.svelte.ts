/** The command palette: what was typed, what is offered for it, and what becomes of a choice. */
import type { RunRecordOutput } from '../../../core/api/run-schemas.ts';
import type { Language } from '../i18n/language.svelte.ts';
import type { ConsoleState } from './console.svelte.ts';
import { type PaletteItem, type PaletteSources, offersOf } from './palette.ts';
import type { RecentChoices } from './recent-choices.ts';
import type { Router } from './router.svelte.ts';
import type { ShellState } from './shell.svelte.ts';
import type { Theme } from './theme.svelte.ts';

/** The newest runs can be gone to; older ones are found by the search of their place. */
const MOST_RUNS = 100;

export interface PaletteParts {
  readonly page: Pick<ConsoleState, 'access' | 'tasks' | 'cluster' | 'notices'>;
  readonly router: Pick<Router, 'go'>;
  readonly shell: Pick<ShellState, 'show' | 'close'>;
  readonly theme: Pick<Theme, 'choose'>;
  readonly language: Pick<Language, 't' | 'choose'>;
  readonly recent: RecentChoices;
  readonly settings: PaletteSources['settings'];
  /** 0 for no match to 1 for a perfect one. */
  readonly score: (text: string, query: string, keywords?: string[]) => number;
}

export class PaletteState {
  query = $state('');
  #runs = $state.raw<readonly RunRecordOutput[]>([]);
  readonly #parts: PaletteParts;
  readonly #recent: readonly string[];

  constructor(parts: PaletteParts) {
    this.#parts = parts;
    this.#recent = parts.recent.ids;
  }

  readonly offers: readonly PaletteItem[] = $derived.by(() => {
    const { page, language, settings, score } = this.#parts;
    const sources = {
      tasks: page.tasks.all,
      machines: page.cluster.machines,
      runs: this.#runs,
      settings,
      nameOf: (id: string) => page.tasks.nameOf(id),
    };
    return offersOf(sources, { query: this.query, recent: this.#recent, score }, language.t);
  });

  async load(): Promise<void> {
    const outcome = await this.#parts.page.access.call((api, signal) =>
      api.runs.list({ limit: MOST_RUNS }, { signal }),
    );
    if (outcome.ok) this.#runs = outcome.value.runs;
  }

  async choose(item: PaletteItem): Promise<void> {
    const { page, router, shell, theme, language, recent } = this.#parts;
    recent.note(item.id);
    shell.close('palette');
    const { act } = item;
    switch (act.kind) {
      case 'go':
        return router.go(act.path);
      case 'run-task':
        return page.tasks.runNow({ id: act.taskId, name: act.name });
      case 'suspend': {
        const task = page.tasks.all.find(({ id }) => id === act.taskId);
        return task === undefined ? undefined : page.tasks.setSuspended(task, act.suspended);
      }
      case 'drain':
        return this.#drain(act.machineId, act.name, act.drained);
      case 'theme':
        return theme.choose(act.choice);
      case 'language':
        return language.choose(act.tag);
      case 'help':
        return shell.show('help');
    }
  }

  async #drain(machine: string, name: string, drained: boolean): Promise<void> {
    const { page, language } = this.#parts;
    const outcome = await page.access.call((api, signal) =>
      drained ? api.machines.drain({ machine }, { signal }) : api.machines.resume({ machine }, { signal }),
    );
    if (!outcome.ok) return page.notices.refused(outcome.refusal);
    const undo = { label: language.t('palette.undo'), run: () => void this.#drain(machine, name, !drained) };
    page.notices.done(language.t(drained ? 'palette.drained' : 'palette.undrained', { name }), undo);
  }
}
