/**
 * What moves on the screen by itself. Chromium tells of every part of the page that another part pushed away between two
 * frames (`layout-shift` entries), with what it was and how far; what a person does within half a second before is not
 * counted, nor what is drawn elsewhere by a transform.
 */
import type { Page } from '@playwright/test';
import { expect } from './console-test.ts';

/** One thing that was pushed away. */
export interface Shift {
  /** The names of the parts around it, outermost first, such as `Overview`, and the beginning of its text. */
  readonly what: string;
  readonly byX: number;
  readonly byY: number;
}

interface LayoutShift extends PerformanceEntry {
  readonly hadRecentInput: boolean;
  readonly sources: readonly {
    readonly node: Node | null;
    readonly previousRect: DOMRectReadOnly;
    readonly currentRect: DOMRectReadOnly;
  }[];
}

interface Watcher {
  /** What was pushed away since it was asked last. */
  take(): readonly Shift[];
}

type WatchedWindow = Window & { shiftWatcher?: Watcher };

/** Must be called before the page is opened. */
export async function watchShifts(page: Page): Promise<void> {
  await page.addInitScript(() => {
    let shifts: Shift[] = [];
    const told = (node: Node | null): string => {
      const element = node instanceof Element ? node : (node?.parentElement ?? null);
      const around = element?.closest('[aria-labelledby], [aria-label]');
      const label = around?.getAttribute('aria-label');
      const name = label ?? document.getElementById(around?.getAttribute('aria-labelledby') ?? '')?.textContent ?? '';
      return `${name}: <${element?.tagName.toLowerCase() ?? 'gone'}> ${element?.textContent.trim().slice(0, 60) ?? ''}`;
    };
    const note = (entries: PerformanceEntryList): void => {
      for (const { hadRecentInput, sources } of entries as LayoutShift[]) {
        if (hadRecentInput) continue;
        for (const { node, previousRect: from, currentRect: to } of sources) {
          shifts.push({ what: told(node), byX: to.x - from.x, byY: to.y - from.y });
        }
      }
    };
    const observer = new PerformanceObserver((list) => note(list.getEntries()));
    observer.observe({ type: 'layout-shift', buffered: true });
    (window as WatchedWindow).shiftWatcher = {
      take: () => {
        note(observer.takeRecords());
        const taken = shifts;
        shifts = [];
        return taken;
      },
    };
  });
}

/** What is pushed away while something happens; it must wait until all of it can be seen. */
export async function shiftsDuring(page: Page, happening: () => Promise<void>): Promise<readonly Shift[]> {
  await taken(page);
  await happening();
  return taken(page);
}

/** Nothing is pushed away while something happens, except within the parts that are named. */
export async function expectStill(
  page: Page,
  happening: () => Promise<void>,
  except: readonly string[] = [],
): Promise<void> {
  const shifts = await shiftsDuring(page, happening);
  expect(shifts.filter(({ what }) => !except.some((name) => what.startsWith(`${name}: `)))).toEqual([]);
}

/** What was told until the frame that is drawn next is on the screen. */
function taken(page: Page): Promise<readonly Shift[]> {
  return page.evaluate(async () => {
    for (let frame = 0; frame < 3; frame += 1) await new Promise((resolve) => requestAnimationFrame(resolve));
    return (window as WatchedWindow).shiftWatcher?.take() ?? [];
  });
}
