/**
 * Single keys, one after the other, that lead somewhere: `g` and then `t` for the tasks. Off while somebody types, in
 * dialogs, and when they are turned off (WCAG 2.1.4). Keys with Ctrl, Alt or Cmd belong to others.
 */
import type { MessageKey } from '../i18n/language.svelte.ts';
import type { Scheduler } from './scheduler.ts';

export interface Shortcut {
  /** The keys in turn, as the keyboard names them. */
  readonly keys: readonly string[];
  readonly label: MessageKey;
  readonly act: ShortcutAct;
}
export type ShortcutAct =
  | { readonly kind: 'go'; readonly path: readonly string[] }
  | { readonly kind: 'open'; readonly what: 'palette' | 'help' | 'notifications' }
  | { readonly kind: 'search' };

export const SHORTCUTS: readonly Shortcut[] = [
  { keys: ['g', 'o'], label: 'shell.overview', act: { kind: 'go', path: ['overview'] } },
  { keys: ['g', 'm'], label: 'shell.machines', act: { kind: 'go', path: ['machines'] } },
  { keys: ['g', 't'], label: 'shell.tasks', act: { kind: 'go', path: ['tasks'] } },
  { keys: ['g', 'r'], label: 'shell.runs', act: { kind: 'go', path: ['runs'] } },
  { keys: ['g', 's'], label: 'shell.statistics', act: { kind: 'go', path: ['statistics'] } },
  { keys: ['g', 'e'], label: 'shell.settings', act: { kind: 'go', path: ['settings'] } },
  { keys: ['n', 't'], label: 'palette.newTask', act: { kind: 'go', path: ['tasks', 'new'] } },
  { keys: ['n', 'n'], label: 'notifications.title', act: { kind: 'open', what: 'notifications' } },
  { keys: ['/'], label: 'palette.searchHere', act: { kind: 'search' } },
  { keys: ['?'], label: 'palette.help', act: { kind: 'open', what: 'help' } },
];

/** What is needed of a key event. */
export interface PressedKey {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly repeat: boolean;
}

const SEQUENCE_MS = 1500;

/** Follows the keys, and says when they make a shortcut. */
export class ShortcutKeys {
  #pressed: readonly string[] = [];
  #forget: () => void = () => undefined;
  readonly #scheduler: Scheduler;

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  /** The act that is complete with this key; undefined while it is not. */
  press(event: PressedKey): ShortcutAct | undefined {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return undefined;
    if (event.key === 'Shift') return undefined;
    this.#forget();
    const pressed = [[...this.#pressed, event.key], [event.key]].find((keys) =>
      SHORTCUTS.some((shortcut) => startsWith(shortcut.keys, keys)),
    );
    const found = SHORTCUTS.find(({ keys }) => keys.length === pressed?.length && startsWith(keys, pressed));
    this.#pressed = found === undefined ? (pressed ?? []) : [];
    this.#forget = this.#scheduler.after(SEQUENCE_MS, () => (this.#pressed = []));
    return found?.act;
  }
}

function startsWith(keys: readonly string[], beginning: readonly string[]): boolean {
  return beginning.every((key, index) => keys[index] === key);
}
