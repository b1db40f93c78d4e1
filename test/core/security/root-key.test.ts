/** The words of the recovery kit. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { recoveryWordsOf, rootSeedOf } from '../../../core/security/root-key.ts';

const seed = Uint8Array.from({ length: 32 }, (_, index) => index * 7);
const words = recoveryWordsOf(seed);

function refusal(text: string): string {
  const outcome = rootSeedOf(text);
  if (outcome.ok) throw new Error('these words were accepted');
  expect(outcome.error.code).toBe('RECOVERY_WORDS_INVALID');
  return outcome.error.message;
}

describe('the words of a root key', () => {
  it('are those that every program of BIP39 finds', () => {
    // The test vectors that BIP39 refers to: all zeros, and all ones.
    expect(recoveryWordsOf(new Uint8Array(32)).join(' ')).toBe(`${'abandon '.repeat(23)}art`);
    expect(recoveryWordsOf(new Uint8Array(32).fill(255)).join(' ')).toBe(`${'zoo '.repeat(23)}vote`);
  });

  it('bring back the key', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => {
        expect(rootSeedOf(recoveryWordsOf(bytes).join(' '))).toEqual({ ok: true, value: bytes });
      }),
    );
  });

  it('may be typed as they are printed: in lines, with numbers, in capitals', () => {
    const typed = words.map((word, index) => `${index + 1}. ${word.toUpperCase()}`).join('\n');
    expect(rootSeedOf(`\n ${typed} \n`)).toEqual({ ok: true, value: seed });
  });
});

describe('wrong words', () => {
  it('are named by their place, with the one that was probably meant', () => {
    const typed = [...words];
    typed[4] = 'abandn';
    expect(refusal(typed.join(' '))).toContain('word 5 ("abandn") is not in the list; perhaps "abandon"');
  });

  it('are not repeated when they look like no word', () => {
    const typed = [...words];
    typed[0] = 'hunter2-hunter2';
    expect(refusal(typed.join(' '))).toContain('word 1 is not in the list');
    expect(refusal(typed.join(' '))).not.toContain('hunter');
  });

  it('of the list are found by the checksum, and so are two that changed places', () => {
    const swapped = [words[1], words[0], ...words.slice(2)].join(' ');
    expect(refusal(swapped)).toContain('the checksum does not fit');
    expect(refusal('abandon '.repeat(24))).toContain('the checksum does not fit');
  });

  it('are counted', () => {
    expect(refusal(words.slice(0, 23).join(' '))).toContain('has 24 words; these are 23');
    expect(refusal('')).toContain('these are 0');
    // Twelve words of a wallet are good words, and no recovery kit.
    expect(refusal(`${'abandon '.repeat(11)}about`)).toContain('these are 12');
  });
});
