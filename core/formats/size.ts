/**
 * Sizes as people write them: `16MiB` (powers of 1024) and `10MB` (powers of 1000), as IEC 80000-13 has it. Inside,
 * sizes are whole bytes.
 */
import { appError } from '../std/app-error.ts';
import { err, ok, type Result } from '../std/result.ts';

const UNITS: ReadonlyMap<string, number> = new Map([
  ['TiB', 1024 ** 4],
  ['GiB', 1024 ** 3],
  ['MiB', 1024 ** 2],
  ['KiB', 1024],
  ['TB', 1000 ** 4],
  ['GB', 1000 ** 3],
  ['MB', 1000 ** 2],
  ['kB', 1000],
  ['B', 1],
]);

/** What a well-formed size looks like, for schemas. */
export const SIZE_PATTERN = /^\d+(?:\.\d+)? ?(?:[TGMK]iB|[TGMk]B|KB|B)$/;

const ADVICE = 'Write a number with its unit: B, kB, MB, GB, KiB, MiB or GiB, such as 16MiB.';
const MAX_LENGTH = 40;

/**
 * Reads a size; upper and lower case do not matter.
 * @returns whole bytes, or INVALID_INPUT (no unit, unknown unit, not a whole byte).
 */
export function parseSize(text: string): Result<number> {
  const trimmed = text.trim();
  if (trimmed.length > MAX_LENGTH) return refuse('a size is a short text such as 16MiB');
  const match = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(trimmed);
  if (match === null) return refuse(`"${trimmed}" is not a size`);
  const [, amount = '', unit = ''] = match;
  if (unit === '')
    return refuse(`"${trimmed}" has no unit`, `Write the unit: ${trimmed}MiB, or ${trimmed}B for bytes.`);
  const known = [...UNITS].find(([name]) => name.toLowerCase() === unit.toLowerCase());
  if (known === undefined) return refuse(`"${unit}" is not a unit of size`, unitAdvice(amount, unit));
  const sizeBytes = Number(amount) * known[1];
  if (!Number.isSafeInteger(Math.round(sizeBytes))) return refuse(`"${trimmed}" is too large`);
  if (Math.abs(sizeBytes - Math.round(sizeBytes)) > 1e-6) return refuse(`"${trimmed}" is not a whole number of bytes`);
  return ok(Math.round(sizeBytes));
}

/** Writes whole, non-negative bytes in the largest unit that is exact: 16,777,216 → `16MiB`, 1500 → `1500B`. */
export function formatSize(sizeBytes: number): string {
  if (sizeBytes === 0) return '0B';
  for (const [name, factor] of UNITS) {
    if (sizeBytes % factor === 0) return `${sizeBytes / factor}${name}`;
  }
  return `${sizeBytes}B`;
}

function unitAdvice(amount: string, unit: string): string {
  const letter = unit.toUpperCase();
  if (!['K', 'M', 'G', 'T'].includes(letter)) return ADVICE;
  return `Write ${amount}${letter}iB (powers of 1024) or ${amount}${letter === 'K' ? 'k' : letter}B (powers of 1000).`;
}

function refuse(message: string, advice = ADVICE): Result<number> {
  return err(appError('INVALID_INPUT', message, { advice }));
}
