/**
 * Instants: epoch milliseconds from 1970 to the end of the year 9999. A day or two more can be added to any of them, and
 * each can be written with a year of four digits: what comes from elsewhere is held to that before anyone calculates.
 */
import { z } from 'zod';

/** The last instant of the year 9999 (UTC), epoch milliseconds. */
export const LATEST_INSTANT = 253_402_300_799_999;

export const instantSchema = z.int().min(0).max(LATEST_INSTANT);
