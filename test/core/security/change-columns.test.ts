/** Lengths in a change that cannot be are found before the decoder believes them; those of good changes all can be. */
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../core/config/constants.ts';
import { columnFault } from '../../../core/security/change-columns.ts';
import { sealChange } from '../../../core/security/sealed-change.ts';
import { repeatingChange } from '../../attacks/kit/change-bombs.ts';
import { definition, only, openBench, putTask } from '../document/document-builders.ts';

/** A change of 702 bytes whose column of keys claims a text of 208 MB: the decoder set the memory aside. */
const CLAIMS_208_MB =
  'hW9KgzNgp5sBswUBESFTnlJM+nV2w4I9+e0Xxe77dq4i+kdHIJIb+cjt1l8QCAgICAgICAgICAgICAgICAJKws/uygZSeyJieSI6IjEyRDNLb29XQjhzQ0daQ3J3cjc5SHRhYkxBbjk1cXlQUXg2UllIWGpFYmlENlFLb3U3d3ciLCJlZGl0cyI6WyJwdXQtdGFzayJdfQEQAAAAAAAAAAAAAAAAAAAAAAoBAgICFQ80AUICVgNX3wNwAnECcwN/AX8/f////2dodGx5L2Fib3V0AX8Bf/Y7eyJyIjoyLCJieSI6IjEyRDNLb29XQjhzQ0daQ3J3cjc5SHRhYkxBbjk1cXlQUXg2UllIWGpFYmlENlFLb3U3d3ciLCJhdCI6MTc2NzYxNDQwMjAwMCwiYyI6MTc2NzYxNDQwMTAwMCwidiI6eyJkZXNjcmlwdGlvbiI6Inh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4fHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh/AAAAeHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eCIsIm5hbWUiOiJuaWdodGx5Iiwic3VzcGVuZGVkIjpmYWxzZSwidGFncyI6WyJhIiwiYiJdfX1/AX8Af8UA';

const TEXTS = 0x15;
const NUMBERS = 0x42;
const BOOLEANS = 0x34;
const SIZES = 0x56;
const VALUES = 0x57;

function leb(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...leb(Math.floor(value / 128))];
}

/** A change with these columns: no dependencies, sequence 1, operation 1, time 0, no message. */
function changeWith(...columns: readonly (readonly [specification: number, data: readonly number[]])[]): Uint8Array {
  const heads = columns.flatMap(([specification, data]) => [specification, ...leb(data.length)]);
  const actor = [16, ...Array.from({ length: 16 }, () => 7)];
  const body = [0, ...actor, 1, 1, 0, 0, 0, columns.length, ...heads, ...columns.flatMap(([, data]) => data)];
  return Uint8Array.from([0x85, 0x6f, 0x4a, 0x83, 0, 0, 0, 0, 1, ...leb(body.length), ...body]);
}

describe('lengths in a change', () => {
  it('that it can have are no fault', () => {
    const author = openBench(3);
    author.make(putTask(definition('a')), putTask(definition('b')));
    author.make(...Array.from({ length: 400 }, (_, index) => putTask(definition(`task-${index}`))));
    for (const { bytes } of author.stored) expect(columnFault(bytes)).toBeUndefined();
    expect(columnFault(changeWith([NUMBERS, [2, 1]], [BOOLEANS, [0, 2]], [SIZES, [2, 0x16]], [VALUES, [1, 2]]))).toBe(
      undefined,
    );
  });

  it.each([
    ['a text longer than all that is left', [TEXTS, [0x7f, ...leb(2 ** 32), 65]]],
    ['a value that is repeated a billion times', [NUMBERS, [...leb(1e9 * 4), 1]]],
    ['a billion nothings', [NUMBERS, [0, ...leb(1e9)]]],
    ['a billion times no', [BOOLEANS, leb(1e9)]],
    ['a run of more numbers than there are bytes', [NUMBERS, [0x41, 1, 1]]],
    ['a number beyond what can be counted', [NUMBERS, [0, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1]]],
    ['values longer than what follows', [SIZES, [2, ...leb(1e6 * 16 + 6)]]],
    ['a compressed column', [NUMBERS | 8, [2, 1]]],
  ] as const)('that claim %s are one', (_what, column) => {
    expect(columnFault(changeWith(column))).toMatch(/^(it|its|a) \w+/);
  });

  it('that many honest keys come to are no fault; a key that is repeated thousands of times is one', () => {
    expect(columnFault(repeatingChange('ab'.repeat(16), 100, 'k'.repeat(40_000)))).toBeUndefined();
    expect(columnFault(repeatingChange('ab'.repeat(16), 110, 'k'.repeat(40_000)))).toMatch(/^its texts/);
  });

  it('are those of names of actors, too: all have one length', () => {
    expect(columnFault(repeatingChange('ab'.repeat(16), 2, 'k', new Uint8Array(17)))).toContain('an actor');
    expect(columnFault(repeatingChange('ab'.repeat(17), 2, 'k'))).toContain('an actor');
  });

  it('are looked at wherever the bytes end', () => {
    const [change] = openBench(3).make(putTask(definition('a')));
    for (let end = 9; end < (change?.bytes.length ?? 0); end += 1) {
      expect(columnFault((change?.bytes ?? new Uint8Array()).subarray(0, end))).toBeDefined();
    }
  });
});

describe('a sealed change that claims 208 MB', () => {
  it('is rejected, and no memory is set aside for it', () => {
    const [author, victim] = [openBench(7), openBench(0)];
    const bytes = new Uint8Array(Buffer.from(CLAIMS_208_MB, 'base64'));
    expect(bytes.length).toBeLessThan(LIMITS.changeBytes);
    const hash = '3360a79b755c8d387057c79fca285d2257d3f0200d1248ef92943bfbca1fdc6f';
    const before = process.memoryUsage().external;
    const change = sealChange(author.signer, { actor: author.actor, sequence: 1, hash, bytes });
    expect(only(victim.receive(author.self, [change]), 'rejected').reason).toContain('longer than the whole');
    expect(process.memoryUsage().external - before).toBeLessThan(32 * 1024 * 1024);
  });
});
