import { describe, expect, it } from 'vitest';
import { AnsiParser, LONGEST_LINE } from '../../renderer/src/format/ansi.ts';
import { splitCommand } from '../../renderer/src/format/command-line.ts';
import { durationText, stopwatchText } from '../../renderer/src/format/duration.ts';
import { clockText, exactText, preciseClockText, relativeText } from '../../renderer/src/format/relative-time.ts';
import { sizeText } from '../../renderer/src/format/size.ts';

describe('durations and instants', () => {
  it.each([
    [0, '0 ms'],
    [840, '840 ms'],
    [1440, '1.4 s'],
    [9999, '9.9 s'],
    [12_000, '12 s'],
    [200_000, '3 min 20 s'],
    [3_600_000, '1 h'],
    [187_200_000, '2 d 4 h'],
  ])('says %i ms as %s', (lengthMs, text) => expect(durationText(lengthMs)).toBe(text));

  it('counts running time like a stopwatch', () => {
    expect([stopwatchText(7000), stopwatchText(750_000), stopwatchText(3_723_000)]).toEqual([
      '0:07',
      '12:30',
      '1:02:03',
    ]);
  });

  it('says how far away an instant is', () => {
    expect([relativeText(1000, 61_000), relativeText(61_000, 1000), relativeText(1000, 1400)]).toEqual([
      '1 min ago',
      'in 1 min',
      'now',
    ]);
  });

  it('says sizes in powers of 1024', () => {
    expect([sizeText(512), sizeText(1536), sizeText(2048), sizeText(12.4 * 2 ** 20)]).toEqual([
      '512 B',
      '1.5 KiB',
      '2 KiB',
      '12 MiB',
    ]);
  });
});

describe('splitting a command', () => {
  it.each([
    ['echo hello', ['echo', 'hello']],
    [`say "two words" 'and $more'`, ['say', 'two words', 'and $more']],
    ['a\\ b ""', ['a b', '']],
    ['"C:\\dir" "a\\"b"', ['C:\\dir', 'a"b']],
    ['  ', []],
  ])('splits %s', (text, argv) => expect(splitCommand(text)).toEqual({ ok: true, argv }));

  it('refuses an open quote and a lone backslash', () => {
    expect(splitCommand('echo "open').ok).toBe(false);
    expect(splitCommand('echo \\').ok).toBe(false);
  });
});

describe('terminal output', () => {
  const textOf = (parser: AnsiParser): string[] =>
    parser.lines.map((line) => line.spans.map((span) => span.text).join(''));

  it('keeps colours and weight, and drops every other sequence', () => {
    const parser = new AnsiParser(10);
    parser.feed('\u001b[2J\u001b]0;title\u0007\u001b[1;31mbad\u001b[0m \u001b[38;5;200mplain\u001b[39m<b>&\n');
    expect(textOf(parser)).toEqual(['bad plain<b>&']);
    expect(parser.lines[0]?.spans[0]).toEqual({ text: 'bad', bold: true, color: 1 });
    expect(parser.lines[0]?.spans[1]).toEqual({ text: ' plain<b>&' });
  });

  it('reads sequences that are cut in two', () => {
    const parser = new AnsiParser(10);
    parser.feed('a\u001b[3');
    parser.feed('2mb\n');
    expect(parser.lines[0]?.spans).toEqual([{ text: 'a' }, { text: 'b', color: 2 }]);
  });

  it('starts a line anew at a carriage return, but not at the end of a line', () => {
    const parser = new AnsiParser(10);
    parser.feed('10 %\r20 %\r\ndone\r\n');
    expect(textOf(parser)).toEqual(['20 %', 'done']);
  });

  it('lets the oldest lines go and says how many', () => {
    const parser = new AnsiParser(3);
    parser.feed('1\n2\n3\n4\n5\n');
    expect(textOf(parser)).toEqual(['3', '4', '5']);
    expect(parser.droppedLines).toBe(2);
    expect(parser.lines[0]?.number).toBe(3);
  });

  it('breaks a line that is too long', () => {
    const parser = new AnsiParser(10);
    parser.feed('x'.repeat(LONGEST_LINE * 2 + 5));
    expect(parser.lines.map((line) => line.spans[0]?.text.length)).toEqual([LONGEST_LINE, LONGEST_LINE, 5]);
  });

  it('is not held up by a sequence that never ends', () => {
    const parser = new AnsiParser(10);
    parser.feed(`\u001b]${'x'.repeat(5000)}\nnext\n`);
    expect(textOf(parser).at(-1)).toBe('next');
  });
});

describe('instants', () => {
  it('are written in the language of the console, whatever the browser speaks', () => {
    const instant = Date.UTC(2026, 2, 4, 12, 0, 0);
    expect(exactText(instant, 'de')).toMatch(/Mi\.?, 4\. März 2026/);
    expect(exactText(instant, 'en')).toMatch(/Wed, .*Mar.* 2026/);
    expect(clockText(instant, instant + 5 * 86_400_000, 'de')).toMatch(/Mi\.?, 4\. März, \d\d:00:00/);
    expect(preciseClockText(instant + 7, 'de')).toMatch(/:00:00\.007$/);
  });
});
