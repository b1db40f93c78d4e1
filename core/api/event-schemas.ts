/**
 * What the API says unasked. A signal tells that something changed, so that whoever shows it looks again; only runs
 * carry their new values. Signals of one kind come at most four times a second, and what came between is told as one.
 */
import { z } from 'zod';
import { oneOrMore } from './api-values.ts';
import { runRecordOutput } from './run-schemas.ts';

export const signalOutput = z.discriminatedUnion('kind', [
  /** Look at everything again: the first signal of every subscription, and what a reader gets that was too slow. */
  z.object({ kind: z.literal('resync') }),
  z.object({ kind: z.literal('cluster') }),
  z.object({ kind: z.literal('machines') }),
  z.object({ kind: z.literal('tasks'), ids: z.array(z.string()) }),
  /** The newest record of each run that changed. */
  z.object({ kind: z.literal('run'), runs: z.array(runRecordOutput) }),
]);
export type Signal = z.output<typeof signalOutput>;
export type SignalKind = Signal['kind'];

export const watchInput = z.strictObject({
  /** Only these kinds (and `resync`); all when absent. */
  kinds: oneOrMore(z.enum(['cluster', 'machines', 'tasks', 'run']), 4).optional(),
});
