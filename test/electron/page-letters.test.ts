/** What is said to the page: at once when it listens, later when it does, once. */
import type { MessagePortMain } from 'electron';
import { beforeEach, describe, expect, it } from 'vitest';
import { PageLetters } from '../../electron/decisions/page-letters.ts';

const PORT: MessagePortMain = Object.create(null);

describe('letters to the page', () => {
  let told: unknown[][];
  let letters: PageLetters;
  const page = {
    send: (channel: string, value: unknown) => void told.push([channel, value]),
    postMessage: (channel: string, _message: null, ports: unknown[]) => void told.push([channel, ports.length]),
  };
  /** What was told since the last look. */
  const news = (): unknown[][] => told.splice(0);

  beforeEach(() => {
    told = [];
    letters = new PageLetters();
  });

  it('wait until it asks for its port, and the last of several counts', () => {
    letters.go('#/tasks');
    letters.go('#/runs');
    letters.open({ name: 'old', text: '' });
    letters.open({ name: 'new', text: '' });
    letters.coreIsGone('Not running');
    expect(news()).toEqual([]);
    letters.asked(page, undefined);
    expect(news()).toEqual([
      ['core-port', 0],
      ['trouble', 'Not running'],
      ['go', '#/runs'],
      ['file', { name: 'new', text: '' }],
    ]);
    letters.asked(page, PORT);
    expect(news()).toEqual([
      ['core-port', 1],
      ['trouble', 'Not running'],
    ]);
  });

  it('go at once while it listens', () => {
    letters.asked(page, PORT);
    news();
    letters.go('#/tasks');
    letters.go(undefined);
    letters.coreIsGone('At rest');
    letters.coreServes();
    expect(news()).toEqual([
      ['go', '#/tasks'],
      ['core-port', 0],
      ['trouble', 'At rest'],
      ['trouble', ''],
    ]);
  });

  it('wait again when the page is gone', () => {
    letters.asked(page, PORT);
    news();
    letters.left();
    letters.go('#/tasks');
    letters.coreIsGone('At rest');
    letters.coreServes();
    expect(news()).toEqual([]);
    letters.asked(page, PORT);
    expect(news()).toEqual([
      ['core-port', 1],
      ['trouble', ''],
      ['go', '#/tasks'],
    ]);
  });

  it('hand the place to a page that is made for it, and not once more', () => {
    letters.go('#/tasks');
    expect(letters.takePlace()).toBe('#/tasks');
    expect(letters.takePlace()).toBeUndefined();
    letters.asked(page, PORT);
    expect(news().map(([channel]) => channel)).toEqual(['core-port', 'trouble']);
  });
});
