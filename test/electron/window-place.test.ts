/** A window comes back where it was, unless nobody could see it there. */
import { describe, expect, it } from 'vitest';
import { LEAST_SIZE, WINDOW_SIZE, placeWindow } from '../../electron/decisions/window-place.ts';

const SCREEN = { x: 0, y: 0, width: 1920, height: 1080 };
const PLACE = { x: 100, y: 50, width: 1000, height: 700, maximized: false };

describe('the place of the window', () => {
  it('is left to the system at the first start', () => {
    expect(placeWindow(undefined, [SCREEN])).toEqual(WINDOW_SIZE);
  });

  it('is where it was', () => {
    expect(placeWindow(PLACE, [SCREEN])).toEqual({ x: 100, y: 50, width: 1000, height: 700 });
  });

  it.each([
    ['to the left of all screens', { x: -990, y: 50 }],
    ['below all screens', { x: 100, y: 1060 }],
    ['on a screen that is gone', { x: 2500, y: 100 }],
  ])('is chosen anew %s', (_where, at) => {
    expect(placeWindow({ ...PLACE, ...at }, [SCREEN])).toEqual({ width: 1000, height: 700 });
  });

  it('may be on another screen', () => {
    const second = { x: 1920, y: 0, width: 1920, height: 1080 };
    expect(placeWindow({ ...PLACE, x: 2500 }, [SCREEN, second])).toMatchObject({ x: 2500, y: 50 });
  });

  it('is never too small to be used', () => {
    expect(placeWindow({ ...PLACE, width: 200, height: 200 }, [SCREEN])).toMatchObject(LEAST_SIZE);
  });
});
