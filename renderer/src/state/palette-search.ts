/**
 * Finds what somebody means by a few letters among everything that can be gone to or done: letters in their order, whole
 * words and beginnings first. The score of a single text is given in, so that this knows no library.
 */

export interface Findable {
  readonly id: string;
  /** What it is called, and what is searched. */
  readonly label: string;
  /** Other words for it. */
  readonly keywords?: readonly string[];
}

/** Scored at most, per group; a few letters fit almost everything of ten thousand. */
const MOST_SCORED = 400;

/**
 * The best of a list, best first.
 * @param score 0 for no match to 1 for a perfect one.
 * @param most how many are given back.
 */
export function bestOf<T extends Findable>(
  list: readonly T[],
  query: string,
  score: (text: string, query: string, keywords?: string[]) => number,
  most: number,
): readonly T[] {
  const wanted = query.trim().toLowerCase();
  if (wanted === '') return list.slice(0, most);
  const whole: T[] = [];
  const scattered: T[] = [];
  for (const each of list) {
    const text = [each.label, ...(each.keywords ?? [])].join(' ').toLowerCase();
    if (text.includes(wanted)) whole.push(each);
    else if (scattered.length < MOST_SCORED && hasLetters(text, wanted)) scattered.push(each);
    if (whole.length >= MOST_SCORED) break;
  }
  return [...whole, ...scattered]
    .slice(0, MOST_SCORED)
    .map((each) => ({ each, worth: score(each.label, wanted, [...(each.keywords ?? [])]) }))
    .filter(({ worth }) => worth > 0)
    .sort((a, b) => b.worth - a.worth || a.each.label.localeCompare(b.each.label, undefined, { numeric: true }))
    .slice(0, most)
    .map(({ each }) => each);
}

/** Whether the letters stand in the text in their order, spaces aside. */
function hasLetters(text: string, wanted: string): boolean {
  let from = 0;
  for (const letter of wanted) {
    if (letter === ' ') continue;
    from = text.indexOf(letter, from) + 1;
    if (from === 0) return false;
  }
  return true;
}
