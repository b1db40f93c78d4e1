/** What a chart is given, apart from the library that draws it. */

/** A colour of the theme, such as `ok`. */
export type ChartColour = 'ok' | 'bad' | 'warn' | 'live' | 'dim' | 'line-strong' | 'fg';

export interface ChartSeries {
  readonly label: string;
  readonly colour: ChartColour;
  /** `bars` of one chart stand upon each other, in the order in which they are given. */
  readonly kind: 'bars' | 'line' | 'dots';
  /** By instant; null where there is none. */
  readonly values: readonly (number | null)[];
  readonly dashed?: boolean;
}

/**
 * The values as they are drawn: bars stand on the sum of those before them.
 * @returns in the order of the series
 */
export function stacked(series: readonly ChartSeries[]): (number | null)[][] {
  let below: readonly number[] = [];
  return series.map(({ kind, values }) => {
    if (kind !== 'bars') return [...values];
    const sums = values.map((value, index) => (value ?? 0) + (below[index] ?? 0));
    below = sums;
    return sums;
  });
}
