/** What is typed unseen: nothing of it is shown, on one line or several, whatever is pasted. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { PassThrough } from 'node:stream';
import type { ReadStream } from 'node:tty';
import { describe, expect, test } from 'vitest';
import { readHidden } from '../../agent/cli/hidden-input.ts';
import { recoveryWordsOf } from '../../core/security/root-key.ts';
import { useCliBed } from './cli-bed.ts';

const LONGEST_MS = 20_000;
const WORDS = recoveryWordsOf(new Uint8Array(32));
const THREE = (typed: string): boolean => typed.split(/\s+/).filter(Boolean).length >= 3;

const bed = useCliBed();

/** Types these pieces; what was read, what was shown, and whether the terminal was raw all the while. */
async function type(pieces: readonly string[], isEnough?: (typed: string) => boolean, most = 100) {
  const raw: boolean[] = [];
  const input = Object.assign(new PassThrough(), { setRawMode: (isRaw: boolean) => void raw.push(isRaw) });
  let shown = '';
  const question = { prompt: 'Words: ', most, ...(isEnough === undefined ? {} : { isEnough }) };
  const reading = readHidden(input as unknown as ReadStream, (text) => (shown += text), question);
  for (const piece of pieces) input.write(piece);
  input.end();
  return { read: await reading, shown, raw };
}

describe('what is typed unseen', () => {
  test('is one line, unless more is wanted', async () => {
    expect(await type(['se', 'cret\r', 'more'])).toEqual({ read: 'secret', shown: 'Words: \n', raw: [true, false] });
  });

  test('goes on over lines until there is enough, and the terminal shows nothing between them', async () => {
    expect(await type(['one\rtwo\r', 'three\r', 'rest'], THREE)).toEqual({
      read: 'one\ntwo\nthree',
      shown: 'Words: \n',
      raw: [true, false],
    });
  });

  test.each([
    ['an empty line', ['one\r', '\r', 'two three four\r']],
    ['the end of the input', ['one\r']],
    ['Ctrl-D', ['one\r', '\u0004', 'two three four\r']],
  ])('ends with %s', async (_what, pieces) => {
    expect((await type(pieces, THREE)).read.trim()).toBe('one');
  });

  test('can be corrected within its line', async () => {
    expect((await type(['one\r', '\u007f\u007ftwx\u007fo\r\r'], THREE)).read).toBe('one\ntwo\n');
  });

  test('has an end', async () => {
    expect((await type(['x'.repeat(1000)], undefined, 10)).read).toHaveLength(11);
  });
});

test.runIf(existsSync('/usr/bin/script'))('recover shows none of the words on a terminal', async () => {
  const { shown, code } = await onTerminal(
    ['recover'],
    'not shown',
    `${WORDS.slice(0, 12).join(' ')}\r${WORDS.slice(12).join(' ')}\r`,
  );
  expect(shown).toContain('is an admin');
  expect(shown).not.toContain('abandon');
  expect(code).toBe(0);
});

/** A command on a terminal of its own, where that text is typed once the command has asked. */
function onTerminal(
  words: readonly string[],
  awaited: string,
  text: string,
): Promise<{ shown: string; code: number | null }> {
  const entry = new URL('../../agent/bin/carillon.mjs', import.meta.url).pathname;
  const line = [process.execPath, entry, ...words].join(' ');
  return new Promise((resolve, reject) => {
    const child = spawn('script', ['--quiet', '--return', '--command', line, '/dev/null'], {
      env: { ...process.env, CARILLON_DATA: bed.console.folder, NO_COLOR: '1' },
      timeout: LONGEST_MS,
    });
    let shown = '';
    let typed = false;
    child.stdout.setEncoding('utf8').on('data', (piece: string) => {
      shown += piece;
      if (typed || !shown.includes(awaited)) return;
      typed = true;
      child.stdin.write(text);
    });
    child.once('error', reject);
    child.once('close', (code) => resolve({ shown, code }));
  });
}
