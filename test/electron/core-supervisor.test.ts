/** How the core is kept running: pauses that grow, sleep and wake in any order, and an end that is waited for. */
import { describe, expect, it } from 'vitest';
import {
  type CoreChild,
  type CoreState,
  CoreSupervisor,
  FIRST_PAUSE_MS,
  LONGEST_PAUSE_MS,
  STEADY_MS,
  STOP_TIMEOUT_MS,
} from '../../electron/decisions/core-supervisor.ts';
import type { ToCore } from '../../electron/shared/core-messages.ts';

class FakeChild implements CoreChild {
  readonly pid = 4711;
  readonly told: ToCore[] = [];
  killed = false;
  readonly #listeners: { event: string; listener: (value: never) => void }[] = [];

  postMessage(message: ToCore): void {
    this.told.push(message);
  }

  on(event: 'message' | 'exit', listener: (value: never) => void): void {
    this.#listeners.push({ event, listener });
  }

  kill(): boolean {
    this.killed = true;
    return true;
  }

  says(message: unknown): void {
    this.#emit('message', message);
  }

  ends(code = 0): void {
    this.#emit('exit', code);
  }

  #emit(event: string, value: unknown): void {
    for (const entry of this.#listeners) if (entry.event === event) entry.listener(value as never);
  }
}

/** A supervisor whose processes and time are the test's. */
function stage() {
  const children: FakeChild[] = [];
  const states: CoreState[] = [];
  const timers: { atMs: number; callback: () => void; off: boolean }[] = [];
  let nowMs = 1000;
  const supervisor = new CoreSupervisor({
    fork: () => {
      const child = new FakeChild();
      children.push(child);
      return child;
    },
    keys: () => ({ use: 'new', reason: `of start ${children.length}` }),
    now: () => nowMs,
    after: (delayMs, callback) => {
      const timer = { atMs: nowMs + delayMs, callback, off: false };
      timers.push(timer);
      return () => (timer.off = true);
    },
    tell: (state) => states.push(state),
  });
  const pass = (lengthMs: number): void => {
    nowMs += lengthMs;
    for (const timer of timers.filter(({ atMs, off }) => !off && atMs <= nowMs)) {
      timer.off = true;
      timer.callback();
    }
  };
  const newest = (): FakeChild => {
    const child = children.at(-1);
    if (child === undefined) throw new Error('nothing was forked');
    return child;
  };
  return { supervisor, children, states, pass, newest };
}

const serving = { type: 'serving', mode: 'core' } as const;

describe('a core that is looked after', () => {
  it('serves once it says so', () => {
    const { supervisor, states, newest } = stage();
    supervisor.start();
    newest().says('nonsense');
    newest().says(serving);
    expect(states.map(({ kind }) => kind)).toEqual(['starting', 'serving']);
  });

  it('is started again after pauses that grow up to a bound', () => {
    const { supervisor, children, states, pass, newest } = stage();
    supervisor.start();
    const pauses: number[] = [];
    for (let death = 0; death < 10; death += 1) {
      newest().ends(1);
      const state = states.at(-1);
      if (state?.kind !== 'down') throw new Error('it is not down');
      const before = children.length;
      let waitedMs = 0;
      for (; children.length === before; waitedMs += 100) pass(100);
      pauses.push(waitedMs);
    }
    expect(pauses.slice(0, 4)).toEqual([1, 2, 4, 8].map((factor) => factor * FIRST_PAUSE_MS));
    expect(pauses.at(-1)).toBe(LONGEST_PAUSE_MS);
  });

  it('that has served for long begins with a short pause again', () => {
    const { supervisor, states, pass, newest } = stage();
    supervisor.start();
    newest().ends(1);
    pass(FIRST_PAUSE_MS);
    newest().ends(1);
    pass(2 * FIRST_PAUSE_MS);
    newest().says(serving);
    pass(STEADY_MS);
    newest().ends(1);
    expect(states.at(-1)).toMatchObject({ kind: 'down', retryAt: expect.any(Number) });
    pass(FIRST_PAUSE_MS);
    expect(states.at(-1)).toEqual({ kind: 'starting' });
  });

  it('says why it could not start', () => {
    const { supervisor, states, newest } = stage();
    supervisor.start();
    newest().says({ type: 'failed', code: 'FOLDER_NOT_WRITABLE', message: 'the folder cannot be written' });
    newest().ends(1);
    expect(states.at(-1)).toMatchObject({ kind: 'down', reason: 'the folder cannot be written' });
  });

  it('is not started again when it ends because the machine sleeps', () => {
    const { supervisor, children, states, pass, newest } = stage();
    supervisor.start();
    newest().says(serving);
    void supervisor.sleep();
    expect(newest().told.at(-1)).toEqual({ type: 'stop' });
    newest().ends();
    pass(LONGEST_PAUSE_MS);
    expect(children).toHaveLength(1);
    supervisor.wake();
    expect(children).toHaveLength(2);
    expect(states.map(({ kind }) => kind)).toEqual(['starting', 'serving', 'asleep', 'starting']);
  });

  it('comes back also when the machine wakes before it has ended', () => {
    const { supervisor, children, newest } = stage();
    supervisor.start();
    newest().says(serving);
    void supervisor.sleep();
    supervisor.wake();
    expect(children).toHaveLength(1);
    newest().ends();
    expect(children).toHaveLength(2);
  });

  it('is ended and started again when it must learn something anew', () => {
    const { supervisor, children, newest } = stage();
    supervisor.restart();
    expect(children).toHaveLength(0);
    supervisor.start();
    newest().says(serving);
    supervisor.restart();
    expect(newest().told.at(-1)).toEqual({ type: 'stop' });
    expect(children).toHaveLength(1);
    newest().ends();
    expect(children).toHaveLength(2);
    expect(supervisor.state).toEqual({ kind: 'starting' });
  });

  it('is not started again by that while the machine sleeps', () => {
    const { supervisor, children, newest } = stage();
    supervisor.start();
    void supervisor.sleep();
    supervisor.restart();
    newest().ends();
    expect(children).toHaveLength(1);
    expect(supervisor.state).toEqual({ kind: 'asleep' });
  });

  it('is waited for at the end, and killed when it takes too long', async () => {
    const { supervisor, pass, newest } = stage();
    supervisor.start();
    const stopped = supervisor.stop();
    expect(newest().killed).toBe(false);
    pass(STOP_TIMEOUT_MS);
    expect(newest().killed).toBe(true);
    newest().ends(1);
    await stopped;
    pass(LONGEST_PAUSE_MS);
    expect(supervisor.state).toEqual({ kind: 'stopped' });
  });

  it('that waits to be started again is not, once it is told to end', async () => {
    const { supervisor, children, pass, newest } = stage();
    supervisor.start();
    newest().ends(1);
    await supervisor.stop();
    pass(LONGEST_PAUSE_MS);
    expect(children).toHaveLength(1);
  });

  it('is given the newest conditions whenever it starts', () => {
    const { supervisor, pass, newest } = stage();
    supervisor.start();
    supervisor.tellConditions({ onMains: false });
    const begin = { type: 'begin', keys: { use: 'new', reason: 'of start 2' } };
    newest().ends(1);
    pass(FIRST_PAUSE_MS);
    expect(newest().told).toEqual([begin, { type: 'conditions', conditions: { onMains: false } }]);
  });
});
