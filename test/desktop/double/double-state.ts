/**
 * What the files of the double share, and the journal: what left no trace on a page, for the specs to read. Calls before
 * `ready` of what Electron offers only after it fail, as they do there.
 */
import { EventEmitter } from 'node:events';
import type { Chromium } from './chromium.ts';

export interface JournalEntry {
  readonly api: string;
  readonly args: readonly unknown[];
}

export interface DoubleState {
  ready: boolean;
  chromium: Chromium | undefined;
  appFolder: string;
  manifest: { readonly main?: string; readonly name?: string; readonly version?: string };
  userData: string;
  readonly journal: JournalEntry[];
  /** `ready`, and what the furniture tells the windows. */
  readonly bus: EventEmitter;
}

export const state: DoubleState = {
  ready: false,
  chromium: undefined,
  appFolder: '',
  manifest: {},
  userData: '',
  journal: [],
  bus: new EventEmitter().setMaxListeners(0),
};

export function note(api: string, ...args: unknown[]): void {
  state.journal.push({ api, args });
}

export function needsReady(what: string): void {
  if (!state.ready) throw new Error(`${what} cannot be used before the app is ready`);
}

/** An event that a listener may prevent. */
export interface Preventable {
  defaultPrevented: boolean;
  preventDefault(): void;
}

export function preventable<T extends object>(fields: T): T & Preventable {
  const event = {
    ...fields,
    defaultPrevented: false,
    preventDefault: () => {
      event.defaultPrevented = true;
    },
  };
  return event;
}

/** As things go between processes: functions are refused, classes lose what they can do. */
export function cloned(value: unknown): unknown {
  return structuredClone(value);
}

Object.assign(globalThis, { electronDouble: state });
