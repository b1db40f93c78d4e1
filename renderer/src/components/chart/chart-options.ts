/** How the library draws our series: colours of the theme, axes in the words of the page, no decoration. */
import uPlot from 'uplot';
import { type ChartColour, type ChartSeries, stacked } from './chart-series.ts';

export interface ChartLook {
  readonly width: number;
  readonly height: number;
  /** Charts of one group point at the same instant. */
  readonly group: string | undefined;
  readonly colourOf: (name: ChartColour | 'line' | 'panel') => string;
  /** The words of a value on the axis. */
  readonly valueText: (value: number) => string;
  /** The words of instants (epoch milliseconds) on the axis. @param stepMs how far they are apart */
  readonly instantText: (instantMs: number, stepMs: number) => string;
  /** The values are milliseconds, else they are counts. */
  readonly times: boolean;
  /** The least the axis reaches up to, so that few runs are not drawn as many. */
  readonly leastTop: number;
  readonly onpoint: (index: number | null, leftPx: number) => void;
}

const FONT = '11px "Inter Variable", system-ui, sans-serif';
const [SECOND_MS, MINUTE_MS, HOUR_MS, DAY_MS] = [1000, 60_000, 3_600_000, 86_400_000];
const POWERS = [1, 10, 100, 1000, 10_000, 100_000, 1_000_000];
const COUNT_STEPS = POWERS.flatMap((power) => [power, 2 * power, 5 * power]);
/** Steps of an axis of time that people count in. */
const TIME_STEPS_MS = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500],
  ...[1, 2, 5, 10, 15, 30].map((seconds) => seconds * SECOND_MS),
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * MINUTE_MS),
  ...[1, 2, 4, 8, 12].map((hours) => hours * HOUR_MS),
  ...[1, 2, 5, 10, 20].map((days) => days * DAY_MS),
];
const BAR_SHARE = 0.78;
const MOST_BAR_PX = 36;

export function chartOptions(series: readonly ChartSeries[], look: ChartLook): uPlot.Options {
  const axis = { stroke: look.colourOf('dim'), font: FONT };
  const line = { stroke: look.colourOf('line'), width: 1 };
  const bars = series.some(({ kind }) => kind === 'bars');
  return {
    width: look.width,
    height: look.height,
    legend: { show: false },
    padding: [8, 8, 0, 0],
    cursor: {
      y: false,
      drag: { x: false, y: false },
      points: { show: !bars },
      ...(look.group === undefined ? {} : { sync: { key: look.group } }),
    },
    scales: {
      x: { time: true, range: (chart, min, max) => xRange(min, chart.data[0].length > 1 ? max : min, bars) },
      y: { range: (_chart, _min, max) => [0, Math.max(look.leastTop, (max || 0) * 1.06)] },
    },
    axes: [
      {
        ...axis,
        size: 28,
        grid: { show: false },
        ticks: { ...line, size: 4 },
        space: 72,
        values: (_chart, splits) => {
          const stepMs = ((splits[1] ?? 0) - (splits[0] ?? 0)) * 1000;
          return splits.map((split) => look.instantText(split * 1000, stepMs));
        },
      },
      {
        ...axis,
        size: 64,
        space: 28,
        incrs: look.times ? TIME_STEPS_MS : COUNT_STEPS,
        grid: line,
        ticks: { show: false },
        values: (_chart, splits) => splits.map((split) => look.valueText(split)),
      },
    ],
    // What stands on top is drawn first, so that what is below covers it.
    series: [{}, ...[...series].reverse().map((one) => drawnSeries(one, look))],
    hooks: {
      setCursor: [
        (chart) => {
          const { idx, left } = chart.cursor;
          const inside = idx !== null && idx !== undefined && left !== undefined && left >= 0;
          const leftPx = chart.bbox.left / devicePixelRatio + (left ?? 0);
          look.onpoint(inside ? idx : null, leftPx);
        },
      ],
    },
  };
}

/** @param instants epoch milliseconds, ascending */
export function chartData(instants: readonly number[], series: readonly ChartSeries[]): uPlot.AlignedData {
  return [instants.map((instant) => instant / 1000), ...stacked(series).reverse()] as uPlot.AlignedData;
}

function drawnSeries({ label, colour, kind, dashed = false }: ChartSeries, look: ChartLook): uPlot.Series {
  const stroke = look.colourOf(colour);
  switch (kind) {
    case 'bars':
      return {
        label,
        fill: stroke,
        width: 0,
        points: { show: false },
        paths: (...args) => uPlot.paths.bars?.({ size: [BAR_SHARE, MOST_BAR_PX], align: 1 })(...args) ?? null,
      };
    case 'line':
      return {
        label,
        stroke,
        width: 1.75,
        spanGaps: true,
        points: { show: true, size: 4, fill: stroke, width: 0 },
        ...(dashed ? { dash: [5, 4] } : {}),
      };
    case 'dots':
      return { label, stroke, paths: () => null, points: { show: true, size: 8, fill: stroke, width: 0 } };
  }
}

/** Bars begin at their instant; a lone one is given room: by itself the library makes a thousand days of it. */
function xRange(min: number, max: number, bars: boolean): [number, number] {
  const room = max > min ? (max - min) * 0.02 : 1800;
  return bars ? [min - room * 0.25, max + room * 2] : [min - room, max + room];
}
