/** Virtual time: order of instants, then of scheduling; promises have their turn; a loop is found. */
import { describe, expect, test } from 'vitest';
import { SeededRandom } from './seeded-random.ts';
import { VirtualTime } from './virtual-time.ts';

describe('virtual time', () => {
  test('acts in order of instants, and among equals in order of scheduling', async () => {
    const random = new SeededRandom(5);
    const time = new VirtualTime();
    const wanted = Array.from({ length: 5000 }, (_, order) => ({ at: random.below(300), order }));
    const seen: { at: number; order: number }[] = [];
    for (const entry of wanted) {
      time.after(entry.at, () => {
        seen.push(entry);
      });
    }
    await time.runUntil(300);
    expect(seen).toEqual([...wanted].sort((a, b) => a.at - b.at || a.order - b.order));
  });

  test('what is scheduled for now comes after what was scheduled for now before', async () => {
    const time = new VirtualTime();
    const seen: string[] = [];
    time.after(10, () => {
      time.after(0, () => seen.push('at once'));
      time.after(-5, () => seen.push('in the past, so at once'));
      seen.push('first');
    });
    time.after(10, () => seen.push('second'));
    await time.runUntil(10);
    expect(seen).toEqual(['first', 'second', 'at once', 'in the past, so at once']);
  });

  test('does nothing after the instant it runs until, and is there then', async () => {
    const time = new VirtualTime();
    let acted = false;
    time.after(10.5, () => {
      acted = true;
    });
    await time.runUntil(10);
    expect([acted, time.now]).toEqual([false, 10]);
    await time.runUntil(11);
    expect([acted, time.now]).toEqual([true, 11]);
  });

  test('what waits for a promise goes on before the next act, though nothing else waits', async () => {
    const time = new VirtualTime();
    const seen: string[] = [];
    let answer: (() => void) | undefined;
    const asked = new Promise<void>((resolve) => {
      answer = resolve;
    });
    void asked.then(async () => {
      await Promise.resolve();
      seen.push('answered');
    });
    time.after(1, () => answer?.());
    time.after(2, () => seen.push('later'));
    time.after(3, () => {
      void Promise.resolve().then(() => seen.push('begun and done'));
    });
    time.after(3, () => seen.push('last'));
    await time.runUntil(5);
    expect(seen).toEqual(['answered', 'later', 'begun and done', 'last']);
  });

  test('whoever awaits nothing is stopped where a promise wants its turn, and told so', async () => {
    const time = new VirtualTime();
    const seen: string[] = [];
    time.after(1, () => seen.push('plain'));
    time.after(2, () => {
      void Promise.resolve().then(() => seen.push('promised'));
    });
    time.after(2, () => seen.push('next'));
    expect(time.runFreely(1.5)).toBe(true);
    expect([seen, time.now]).toEqual([['plain'], 1.5]);
    expect(time.runFreely(5)).toBe(false);
    expect([seen, time.now]).toEqual([['plain'], 2]);
    await time.goOnUntil(5);
    expect([seen, time.now]).toEqual([['plain', 'promised', 'next'], 5]);
  });

  test('acts of a heap that grows and shrinks again and again are each done once, in their order', async () => {
    const random = new SeededRandom(7);
    const time = new VirtualTime();
    const done: number[] = [];
    let asked = 0;
    const ask = (): void => {
      asked += 1;
      const at = time.now + 1 + random.below(50);
      time.after(at - time.now, () => {
        expect(time.now).toBe(at);
        done.push(at);
        for (let more = random.below(asked < 20_000 ? 3 : 1); more > 0; more -= 1) ask();
      });
    };
    for (let count = 0; count < 3000; count += 1) ask();
    await time.runUntil(1e6);
    expect(done.length).toBe(asked);
    expect(done).toEqual([...done].sort((a, b) => a - b));
  });

  test('somebody who asks again at once, for ever, is found', async () => {
    const time = new VirtualTime();
    const again = (): void => {
      time.after(0, again);
    };
    again();
    await expect(time.runUntil(1)).rejects.toThrow('time stands still');
  });
});
