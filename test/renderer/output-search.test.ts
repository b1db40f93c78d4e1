import { describe, expect, it } from 'vitest';
import { AnsiParser } from '../../renderer/src/format/ansi.ts';
import { MOST_MATCHES, OutputSearch } from '../../renderer/src/state/output-search.svelte.ts';
import { outputParts } from '../../renderer/src/state/output-download.ts';
import { liveAccess } from './fake-host.ts';

function parserOf(text: string, longestLines = 1000): AnsiParser {
  const parser = new AnsiParser(longestLines);
  parser.feed(text);
  return parser;
}

describe('the search in an output', () => {
  it('counts places whatever the case, begins at what is on the screen, and goes round', () => {
    const { lines } = parserOf('error one\nfine\nError two, ERROR three\nlast');
    const search = new OutputSearch();
    search.look('error', lines, 2);
    expect([search.count, search.position, search.here]).toEqual([3, 2, { line: 3, start: 0, end: 5 }]);
    expect(search.step(1)).toEqual({ line: 3, start: 11, end: 16 });
    expect(search.step(1)?.line).toBe(1);
    expect(search.step(-1)?.start).toBe(11);
    search.look('a.c(', lines, 1);
    expect([search.count, search.position, search.step(1)]).toEqual([0, 0, undefined]);
  });

  it('cuts a line where its look changes and where something was found', () => {
    const { lines } = parserOf('an \u001b[31merr\u001b[0mor here');
    const search = new OutputSearch();
    search.look('error', lines, 1);
    expect(search.piecesOf(lines[0] as never)).toEqual([
      { text: 'an ', look: {}, found: 'no' },
      { text: 'err', look: { color: 1 }, found: 'here' },
      { text: 'or', look: {}, found: 'here' },
      { text: ' here', look: {}, found: 'no' },
    ]);
  });

  it('takes in lines that come, the last one as it grows, and forgets those that were let go', () => {
    const parser = parserOf('x1\nx2\nx', 3);
    const search = new OutputSearch();
    search.look('x', parser.lines, 2);
    expect([search.count, search.position]).toEqual([3, 2]);
    parser.feed('x\nnothing\nx5');
    search.follow(parser.lines);
    expect(search.here?.line).toBe(2);
    expect(search.count).toBe(4);
    parser.feed('\nx6\nx7');
    search.follow(parser.lines);
    expect(search.here?.line).toBeGreaterThanOrEqual(3);
  });

  it('is quick with a hundred thousand lines, and counts no more than its bound', () => {
    const { lines } = parserOf('a line of output\n'.repeat(100_000), 100_000);
    const search = new OutputSearch();
    search.look('output', lines, 90_000);
    expect([search.count, search.full]).toEqual([MOST_MATCHES, true]);
  });
});

describe('the download of an output', () => {
  it('is the same bytes, piece by piece', async () => {
    const bytes = Uint8Array.from({ length: 1000 }, (_, index) => index % 256);
    const output = async ({ offset }: { offset: number }) => {
      const data = btoa(String.fromCharCode(...bytes.slice(offset, offset + 300)));
      return { data, nextOffset: Math.min(1000, offset + 300), size: 1000, complete: false };
    };
    const told: number[] = [];
    const parts = await outputParts(liveAccess({ runs: { output } }), 'r', 'all', (count) => told.push(count));
    if (!parts.ok) throw new Error(parts.refusal.message);
    expect(parts.value.flatMap((part) => [...part])).toEqual([...bytes]);
    expect(told).toEqual([300, 600, 900, 1000]);
  });
});
