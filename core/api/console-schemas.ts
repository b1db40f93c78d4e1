/** What the API says of the console's own doors: login links, and sessions of browsers. */
import { z } from 'zod';
import { instantOutput } from './api-values.ts';

export const loginLinksOutput = z.object({
  /** One for each door of the console, the one on loopback first. Any of them is good once. */
  urls: z.array(z.string()),
  expiresAt: instantOutput,
});
export const sessionsOutput = z.object({
  sessions: z.array(
    z.object({
      id: z.string(),
      createdAt: instantOutput,
      usedAt: instantOutput,
      /** When it ends by itself, if it is not used before. */
      expiresAt: instantOutput,
    }),
  ),
});
export const sessionInput = z.strictObject({ session: z.string().min(1).max(64) });
export const endedSessionsOutput = z.object({ ended: z.int() });
