/**
 * The ring as arcs: every machine has a part by the number of tasks that it may own, filled as far as it owns any.
 * Angles are in degrees, clockwise from the top.
 */
import type { RingShare } from './ring.svelte.ts';

export interface RingArc {
  readonly share: RingShare;
  /** The whole part of the machine. */
  readonly from: number;
  readonly until: number;
  /** As far as it owns, and would own. */
  readonly filledUntil: number;
  readonly afterUntil: number | undefined;
  readonly middle: number;
}

const GAP_DEGREES = 2;

export function ringArcs(shares: readonly RingShare[]): readonly RingArc[] {
  const gap = shares.length > 1 ? Math.min(GAP_DEGREES, 120 / shares.length) : 0;
  const sizes = shares.map((share) => Math.max(share.bound, share.tasks, share.after ?? 0, 1));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const scale = (360 - gap * shares.length) / total;
  let at = gap / 2;
  return shares.map((share, index) => {
    const from = at;
    const until = from + (sizes[index] ?? 1) * scale;
    at = until + gap;
    return {
      share,
      from,
      until,
      filledUntil: from + share.tasks * scale,
      afterUntil: share.after === undefined ? undefined : from + share.after * scale,
      middle: (from + until) / 2,
    };
  });
}

/** A point on a circle around (0, 0). */
export function pointOn(radius: number, degrees: number): readonly [number, number] {
  const radians = ((degrees - 90) * Math.PI) / 180;
  return [radius * Math.cos(radians), radius * Math.sin(radians)];
}

/** An SVG path along a circle around (0, 0). */
export function arcPath(radius: number, from: number, until: number): string {
  // A full circle has no direction: it is drawn a hair short.
  const end = Math.min(until, from + 359.99);
  const [startX, startY] = pointOn(radius, from);
  const [endX, endY] = pointOn(radius, end);
  return `M ${text(startX)} ${text(startY)} A ${radius} ${radius} 0 ${end - from > 180 ? 1 : 0} 1 ${text(endX)} ${text(endY)}`;
}

function text(value: number): string {
  return value.toFixed(2);
}
