/**
 * Times that were measured, against the bounds that the design names. Each is printed as a line of JSON, and kept in the
 * file that CARILLON_LAN_REPORT names. A loaded machine may miss a bound, so what is demanded is `SLACK` times as much.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { expect } from 'vitest';

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

const SLACK = 3;

/** Reports a figure; fails when even the slack is not enough. @param samplesMs at least one. */
export function reportFigure(name: string, boundMs: number, samplesMs: readonly number[]): Figure {
  const figure = figureOf(name, boundMs, samplesMs);
  const line = JSON.stringify({ figure });
  process.stdout.write(`${line}\n`);
  const path = process.env['CARILLON_LAN_REPORT'];
  if (path !== undefined && path !== '') keep(path, figure);
  expect(figure.p95Ms, `${name}: p95 of ${samplesMs.join(', ')} ms`).toBeLessThan(SLACK * boundMs);
  return figure;
}

/** Nearest-rank percentiles. */
export function figureOf(name: string, boundMs: number, samplesMs: readonly number[]): Figure {
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
