/**
 * Jitter: spreads occurrences that share a nominal instant over a stretch of time. It follows from the occurrence's id
 * alone, so that all machines agree on it without a message.
 */

/**
 * How much later than its nominal instant an occurrence comes due.
 * @param occurrenceId any text; the same one always gives the same jitter
 * @param jitterMs the most it may be, whole milliseconds, at most 2^32
 * @returns whole milliseconds from 0 to `jitterMs`, both included, evenly spread
 */
export function jitterOf(occurrenceId: string, jitterMs: number): number {
  if (jitterMs <= 0) return 0;
  return Math.floor((hash32(occurrenceId) / 0x1_0000_0000) * (Math.floor(jitterMs) + 1));
}

/** FNV-1a over UTF-16 code units, then the finishing steps of MurmurHash3, which spread the last characters evenly. */
function hash32(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
