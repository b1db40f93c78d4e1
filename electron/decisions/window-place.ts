/** Where the window goes: where it was, if that is still on a screen; else in the middle, in a good size. */
import type { Rectangle } from 'electron';
import type { WindowPlace } from './desktop-settings.ts';

export const WINDOW_SIZE = { width: 1280, height: 840 } as const;
/** Below this the page is of little use. */
export const LEAST_SIZE = { width: 480, height: 400 } as const;
/** So much of the window must be on a screen, or nobody could drag it back. */
const LEAST_SHOWN = 80;

/** @param screens work areas of all screens. */
export function placeWindow(
  known: WindowPlace | undefined,
  screens: readonly Rectangle[],
): { width: number; height: number; x?: number; y?: number } {
  if (known === undefined) return WINDOW_SIZE;
  const { x, y } = known;
  const width = Math.max(LEAST_SIZE.width, known.width);
  const height = Math.max(LEAST_SIZE.height, known.height);
  if (x === undefined || y === undefined) return { width, height };
  const isShown = screens.some(
    (screen) =>
      overlap(x, width, screen.x, screen.width) >= LEAST_SHOWN &&
      overlap(y, height, screen.y, screen.height) >= LEAST_SHOWN,
  );
  return isShown ? { width, height, x, y } : { width, height };
}

function overlap(start: number, length: number, otherStart: number, otherLength: number): number {
  return Math.min(start + length, otherStart + otherLength) - Math.max(start, otherStart);
}
