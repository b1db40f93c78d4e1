import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  areSpansWithin,
  firstSpans,
  spansOf,
  switchesWith,
  type OutputSpan,
} from '../../../core/domain/output-spans.ts';

/** For each byte whether it was written to standard error. */
const marksOf = (spans: readonly OutputSpan[], lengthBytes: number): boolean[] =>
  Array.from({ length: lengthBytes }, (_, at) => spans.some(([start, end]) => start <= at && at < end));
const spansOfMarks = (marks: readonly boolean[]): OutputSpan[] => {
  const switches = marks.flatMap((mark, at) => (mark === (marks[at - 1] ?? false) ? [] : [at]));
  return spansOf(switches, 0, marks.length, Infinity).spans;
};
const bits = fc.array(fc.boolean(), { maxLength: 60 });

describe('what was written to standard error', () => {
  test('is the same for each byte, however the output is cut into pieces and put together again', () => {
    fc.assert(
      fc.property(bits, fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 60 }), (marks, sizes) => {
        let switches: number[] = [];
        let offset = 0;
        for (let index = 0; offset < marks.length; index += 1) {
          const piece = marks.slice(offset, offset + (sizes[index % sizes.length] ?? 1));
          switches = switchesWith(switches, offset, spansOfMarks(piece));
          offset += piece.length;
        }
        expect(marksOf(spansOf(switches, 0, marks.length, Infinity).spans, marks.length)).toEqual(marks);
      }),
    );
  });

  test('is told of a piece as of the whole, up to where it is told at all', () => {
    fc.assert(
      fc.property(bits, fc.nat(60), fc.nat(60), fc.integer({ min: 1, max: 5 }), (marks, offset, wanted, most) => {
        const switches = switchesWith([], 0, spansOfMarks(marks));
        const piece = marks.slice(offset, offset + wanted);
        const { spans, lengthBytes } = spansOf(switches, offset, piece.length, most);
        expect(spans.length).toBeLessThanOrEqual(most);
        expect(lengthBytes > 0 || piece.length === 0).toBe(true);
        expect(areSpansWithin(spans, lengthBytes)).toBe(true);
        expect(marksOf(spans, lengthBytes)).toEqual(piece.slice(0, lengthBytes));
        expect(marksOf(firstSpans(spans, 3), 3)).toEqual(marksOf(spans, 3));
      }),
    );
  });

  test.each<[string, readonly OutputSpan[]]>([
    ['empty', [[3, 3]]],
    ['backwards', [[3, 1]]],
    ['beyond the end', [[3, 11]]],
    ['before the start', [[-1, 2]]],
    [
      'out of order',
      [
        [5, 6],
        [1, 2],
      ],
    ],
    [
      'touching',
      [
        [1, 2],
        [2, 3],
      ],
    ],
  ])('cannot be %s', (_, spans) => {
    expect(areSpansWithin(spans, 10)).toBe(false);
  });
});
