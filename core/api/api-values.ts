/**
 * Values that every group of the API shares. Instants go out as ISO strings in UTC with milliseconds and come in as
 * ISO strings with an offset (or epoch milliseconds); what is absent goes out as null, so that every key is always there.
 */
import { z } from 'zod';
import { LIMITS } from '../config/constants.ts';
import { instantSchema } from '../domain/instant.ts';

/** An instant on its way out, such as `2026-03-29T01:00:00.000Z`. */
export const instantOutput = z.string().meta({ format: 'date-time', examples: ['2026-03-29T01:00:00.000Z'] });

/** An instant on its way in; inside it is epoch milliseconds. */
export const instantInput = z.union([
  instantSchema,
  z.iso
    .datetime({
      offset: true,
      error: 'an instant is an ISO 8601 date and time with an offset, such as 2026-03-29T01:00:00Z',
    })
    .transform((text) => Date.parse(text)),
]);

/** Names one machine: its id, its name, or the beginning of its id. */
export const machineReference = z.string().trim().min(1).max(LIMITS.nameLength);

/** Names one run: its id, or the beginning of it. */
export const runReference = z
  .string()
  .trim()
  .toLowerCase()
  .regex(/^[a-z2-7]{4,20}$/, 'a run is named by its id or at least its first 4 characters');

export const pageLimit = z.int().min(1).max(LIMITS.pageSize);

/** A list of values, of which one may come alone, as it does in an address with a single `state=failed`. */
export function oneOrMore<Item extends z.ZodType>(item: Item, most: number) {
  return z.union([z.array(item).min(1).max(most), item.transform((value) => [value])]);
}

/** The ISO form of an epoch instant; null for none. */
export function isoOf(epochMs: number): string;
export function isoOf(epochMs: number | undefined): string | null;
export function isoOf(epochMs: number | undefined): string | null {
  return epochMs === undefined ? null : new Date(epochMs).toISOString();
}
