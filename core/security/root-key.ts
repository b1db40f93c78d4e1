/**
 * The root key of a cluster as words that people can print and type: its seed of 32 bytes as 24 words of the English list
 * of BIP39 (256 bits and a checksum of 8). Whoever has them can make any member an admin, so they are shown on demand
 * alone, and nothing of what was typed is ever repeated but a word that is in no list.
 */
import { entropyToMnemonic, mnemonicToEntropy } from '@scure/bip39';
import { wordlist } from '@scure/bip39/wordlists/english.js';
import { appError } from '../std/app-error.ts';
import { assert } from '../std/assert.ts';
import { err, ok, type Result } from '../std/result.ts';

export const ROOT_SEED_BYTES = 32;
export const RECOVERY_WORDS = 24;

/** A slip of the finger is named; what is longer than any word of the list is not repeated. */
const LONGEST_WORD = 16;
const KNOWN: ReadonlySet<string> = new Set(wordlist);

/** The words of a root seed, in order. */
export function recoveryWordsOf(seed: Uint8Array): string[] {
  assert(seed.length === ROOT_SEED_BYTES, 'a root seed has 32 bytes');
  return entropyToMnemonic(seed, wordlist).split(' ');
}

/**
 * The root seed of typed words; case, numbers before the words and white space do not matter. RECOVERY_WORDS_INVALID
 * says how many there are, which word is in no list, or that the checksum does not fit.
 */
export function rootSeedOf(text: string): Result<Uint8Array> {
  const words = text
    .normalize('NFKC')
    .toLowerCase()
    .split(/[\s,;]+/);
  const typed = words.map((word) => word.replace(/^\d+[.):]?/, '')).filter((word) => word !== '');
  const unknown = typed.findIndex((word) => !KNOWN.has(word));
  if (unknown >= 0) return invalid(unknownText(unknown + 1, typed[unknown] as string));
  if (typed.length !== RECOVERY_WORDS) {
    return invalid(`a recovery kit has ${RECOVERY_WORDS} words; these are ${typed.length}`);
  }
  try {
    return ok(mnemonicToEntropy(typed.join(' '), wordlist).slice());
  } catch {
    // The words are of the list and as many as they must be: what is left is the checksum.
    return invalid(
      'all words are of the list, but the checksum does not fit: a word is wrong, or two have changed places',
    );
  }
}

function unknownText(place: number, word: string): string {
  const shown = /^[a-z]+$/.test(word) && word.length <= LONGEST_WORD ? ` ("${word}")` : '';
  const near = shown === '' ? undefined : nearestTo(word);
  return `word ${place}${shown} is not in the list${near === undefined ? '' : `; perhaps "${near}"`}`;
}

/** The first four letters of a word are those of no other; so are, nearly always, the first three. */
function nearestTo(word: string): string | undefined {
  for (const length of [4, 3]) {
    const near = wordlist.filter((known) => known.startsWith(word.slice(0, length)));
    if (word.length >= length && near.length === 1) return near[0];
  }
  return undefined;
}

function invalid(reason: string): Result<never> {
  return err(appError('RECOVERY_WORDS_INVALID', `These are not the words of a recovery kit: ${reason}.`));
}
