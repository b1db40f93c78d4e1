/**
 * Which bytes of a run's output were written to standard error. Both streams are one sequence of bytes, in the order of
 * their arrival; beside it stand the offsets at which the stream changes, from standard output at the start. An output
 * that nothing stands beside, such as one of an earlier version, is standard output throughout.
 */

/** Start and end of bytes that were written to standard error, counted from the start of the piece they belong to. */
export type OutputSpan = readonly [start: number, end: number];

/** Of which stream: the two are told apart from each other. */
export type OutputStream = 'stdout' | 'stderr';

/** True when the spans are in order, apart from each other, not empty, and within a piece of that many bytes. */
export function areSpansWithin(spans: readonly OutputSpan[], lengthBytes: number): boolean {
  let last = -1;
  for (const [start, end] of spans) {
    if (start <= last || end <= start) return false;
    last = end;
  }
  return last <= lengthBytes;
}

/** The spans of the first `lengthBytes` of a piece. */
export function firstSpans(spans: readonly OutputSpan[], lengthBytes: number): OutputSpan[] {
  const kept: OutputSpan[] = [];
  for (const [start, end] of spans) if (start < lengthBytes) kept.push([start, Math.min(end, lengthBytes)]);
  return kept;
}

/**
 * The spans of a piece of an output, from the offsets at which its stream changes.
 * @param switches rising; the first begins standard error
 * @param most spans; the piece is to end where the last of them does when there are more
 * @returns the spans, and how many bytes of the piece they speak of
 */
export function spansOf(
  switches: readonly number[],
  offset: number,
  lengthBytes: number,
  most: number,
): { readonly spans: OutputSpan[]; readonly lengthBytes: number } {
  const spans: OutputSpan[] = [];
  for (let index = 0; index < switches.length; index += 2) {
    const start = Math.max(0, (switches[index] as number) - offset);
    const end = Math.min(lengthBytes, (switches[index + 1] ?? Infinity) - offset);
    if (start >= lengthBytes) break;
    if (end <= start) continue;
    if (spans.length === most) return { spans, lengthBytes: (spans.at(-1) as OutputSpan)[1] };
    spans.push([start, end]);
  }
  return { spans, lengthBytes };
}

/** The offsets at which the stream of a whole output changes, once a piece with these spans was added at `offset`. */
export function switchesWith(switches: readonly number[], offset: number, spans: readonly OutputSpan[]): number[] {
  const known = switches.filter((at) => at < offset);
  const added = [...known];
  // Standard error that is still open ends where the piece begins, unless the piece goes on with it.
  let isOpen = known.length % 2 === 1;
  if (isOpen && spans[0]?.[0] !== 0) {
    added.push(offset);
    isOpen = false;
  }
  for (const [start, end] of spans) {
    if (!isOpen) added.push(offset + start);
    added.push(offset + end);
    isOpen = false;
  }
  return added;
}
