/** Shares as percentages. */

/**
 * `98.2 %`, in the words of a language. Whole where it is whole; never `100 %` for what is not all, and never `0 %` for
 * what is not nothing.
 * @param share 0 to 1
 * @param tag the language, such as `de`
 */
export function shareText(share: number, tag: string): string {
  const tenths = Math.round(share * 1000);
  const shown = share < 1 && tenths >= 1000 ? 999 : share > 0 && tenths <= 0 ? 1 : tenths;
  return new Intl.NumberFormat(tag, { style: 'percent', maximumFractionDigits: 1 }).format(shown / 1000);
}
