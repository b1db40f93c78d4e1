/**
 * What deciding code may not call, with what to use in its place: a decision that asks the machine for the time or for
 * chance cannot be run again from a seed. Read by `eslint.config.js` and by `test/architecture.test.ts`.
 */

export interface BannedCall {
  /** The object, or undefined for a global function. */
  readonly object: string | undefined;
  /** The property or the global; undefined bans every use of the object. */
  readonly name: string | undefined;
  readonly instead: string;
}

const TIME = 'take `nowMs` or `wallMs` from the turn, or a Clock of core/ports';
const TIMER = 'set a timer of the state (`state.timers.set(key, atMs)`); the runner sends the event when it is due';
const CHANCE = 'take `random` from the turn (core/ports/random)';
const WORLD = 'take what you need as an argument, or through a port; the host reads the environment';

export const BANNED_CALLS: readonly BannedCall[] = [
  { object: 'Date', name: 'now', instead: TIME },
  { object: 'performance', name: undefined, instead: TIME },
  { object: undefined, name: 'setTimeout', instead: TIMER },
  { object: undefined, name: 'setInterval', instead: TIMER },
  { object: undefined, name: 'setImmediate', instead: TIMER },
  { object: undefined, name: 'queueMicrotask', instead: TIMER },
  { object: 'Math', name: 'random', instead: CHANCE },
  { object: 'crypto', name: 'randomUUID', instead: CHANCE },
  { object: 'crypto', name: 'getRandomValues', instead: CHANCE },
  { object: 'process', name: undefined, instead: WORLD },
];

/** `new Date()` and `Date()` without an argument read the clock; `new Date(ms)` is arithmetic. */
export const BANNED_EMPTY_DATE = TIME;
