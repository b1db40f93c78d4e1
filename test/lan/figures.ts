/**
 * Times that were measured, against the bounds that the design names. Each is printed as a line of JSON, and kept in the
 * file that CARILLON_LAN_REPORT names. No test fails by them: how quick a machine is that does other work as well says
 * nothing of the code. What must happen at all is demanded where it is waited for.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

export interface Figure {
  readonly name: string;
  /** What the design demands of the 95th percentile. */
  readonly boundMs: number;
  readonly count: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly maxMs: number;
  /** Whether p95 is below the bound. */
  readonly met: boolean;
}

/** What was measured, under its name. */
export interface Measured {
  readonly name: string;
  readonly boundMs: number;
  /** At least one. */
  readonly samplesMs: readonly number[];
}

/** Prints all figures, and keeps them where they are asked for. */
export function reportFigures(...measured: readonly Measured[]): void {
  const path = process.env['CARILLON_LAN_REPORT'];
  for (const each of measured) {
    const figure = figureOf(each);
    process.stdout.write(`${JSON.stringify({ figure })}\n`);
    if (path !== undefined && path !== '') keep(path, figure);
  }
}

/** Nearest-rank percentiles. */
export function figureOf({ name, boundMs, samplesMs }: Measured): Figure {
  const sorted = samplesMs.toSorted((left, right) => left - right);
  const at = (share: number): number => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
  const p95Ms = at(0.95);
  return { name, boundMs, count: sorted.length, p50Ms: at(0.5), p95Ms, maxMs: at(1), met: p95Ms < boundMs };
}

function keep(path: string, figure: Figure): void {
  const before = existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as { figures: Figure[] }).figures : [];
  const figures = [...before.filter(({ name }) => name !== figure.name), figure];
  figures.sort((left, right) => (left.name < right.name ? -1 : 1));
  writeFileSync(path, `${JSON.stringify({ figures }, undefined, 2)}\n`);
}
