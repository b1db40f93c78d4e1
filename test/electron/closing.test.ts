/** Closing the window, and ending the app: asked once, kept, and in order. */
import { describe, expect, it } from 'vitest';
import { Closing } from '../../electron/decisions/closing.ts';
import type { DesktopChoices } from '../../electron/decisions/desktop-settings.ts';
import { Ending } from '../../electron/decisions/ending.ts';

/** A window whose person gives the test's answers. */
function stage(choices: DesktopChoices = {}) {
  const did: string[] = [];
  const questions: { answer(button: number): Promise<void> }[] = [];
  const kept = { ...choices };
  const closing = new Closing({
    settings: { choices: kept, keep: (more) => void Object.assign(kept, more) },
    ask: () =>
      new Promise((resolve) =>
        questions.push({
          answer: async (button) => {
            resolve(button);
            await new Promise(setImmediate);
          },
        }),
      ),
    hide: () => void did.push('hide'),
    quit: () => void did.push('quit'),
  });
  return { closing, did, questions, kept };
}

describe('closing the window', () => {
  it('is asked about once, and kept', async () => {
    const { closing, did, questions, kept } = stage();
    expect(closing.isAllowed()).toBe(false);
    expect(closing.isAllowed()).toBe(false);
    expect(questions).toHaveLength(1);
    expect(did).toEqual([]);
    await questions[0]?.answer(0);
    expect(kept).toEqual({ onClose: 'tray' });
    expect(closing.isAllowed()).toBe(false);
    expect(questions).toHaveLength(1);
    expect(did).toEqual(['hide', 'hide']);
  });

  it('ends the app when that was the answer', async () => {
    const { closing, did, questions, kept } = stage();
    closing.isAllowed();
    await questions[0]?.answer(1);
    expect(kept).toEqual({ onClose: 'quit' });
    expect(did).toEqual(['quit']);
  });

  it('does as was chosen before', () => {
    const { closing, did, questions } = stage({ onClose: 'quit' });
    expect(closing.isAllowed()).toBe(false);
    expect(did).toEqual(['quit']);
    expect(questions).toEqual([]);
  });

  it('just closes it while the app ends, until the app goes on after all', () => {
    const { closing, did } = stage({ onClose: 'tray' });
    closing.lettingGo = true;
    expect(closing.isAllowed()).toBe(true);
    expect(did).toEqual([]);
    closing.lettingGo = false;
    expect(closing.isAllowed()).toBe(false);
    expect(did).toEqual(['hide']);
  });
});

describe('ending the app', () => {
  it('waits until the core has taken leave, once, however often it is asked for', async () => {
    const left = Promise.withResolvers<undefined>();
    let leaves = 0;
    let quits = 0;
    let prevented = 0;
    const ending = new Ending(() => {
      leaves += 1;
      return left.promise;
    });
    const asked = (): void =>
      ending.asked({ preventDefault: () => (prevented += 1) }, () => {
        quits += 1;
        asked();
      });
    asked();
    asked();
    expect({ leaves, quits, prevented }).toEqual({ leaves: 1, quits: 0, prevented: 2 });
    left.resolve(undefined);
    await left.promise;
    expect({ leaves, quits, prevented }).toEqual({ leaves: 1, quits: 1, prevented: 2 });
  });
});
