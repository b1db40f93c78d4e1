/** What the API says of the ring: who owns what, and what would be if a machine went. */
import { z } from 'zod';

const share = z.object({ machineId: z.string(), name: z.string(), tasks: z.int() });

export const ringOutput = z.object({
  /** The machines that take tasks now. */
  machines: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      /** 1 is the norm. */
      weight: z.number(),
      /** How many tasks it owns, and how many it may own while others have room. */
      tasks: z.int(),
      bound: z.int(),
    }),
  ),
  /** Of the tasks that one machine runs, at most 10,000, in the order of their ids. */
  owners: z.array(z.object({ taskId: z.string(), taskName: z.string(), machineId: z.string() })),
});
export type RingOutput = z.output<typeof ringOutput>;

export const departureOutput = z.object({
  /** Tasks that would go to another machine, at most 10,000. With the machine's own some others may move: see `fromId`. */
  moves: z.array(
    z.object({
      taskId: z.string(),
      taskName: z.string(),
      fromId: z.string(),
      fromName: z.string(),
      toId: z.string(),
      toName: z.string(),
    }),
  ),
  /** Tasks that nobody could run any more, at most 10,000, and why. */
  stranded: z.array(z.object({ taskId: z.string(), taskName: z.string(), reason: z.string() })),
  /** How many tasks each machine owns, and would own. */
  sharesBefore: z.array(share),
  sharesAfter: z.array(share),
});
export type DepartureOutput = z.output<typeof departureOutput>;
