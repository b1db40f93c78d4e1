/** Who is told what became of a task's runs: a facet of its own, so that it is edited, merged and signed by itself. */
import { z } from 'zod';
import { NOTIFICATIONS } from '../config/notifications.ts';
import { channelNameSchema } from './channel.ts';

export const NOTIFY_EVENTS = ['failure', 'end', 'recovery', 'missed'] as const;
export const notifyEventSchema = z.enum([
  /** It failed, ran out of time, was lost or refused, and is not tried again. */
  'failure',
  /** It has come to an end for good, whichever. */
  'end',
  /** It succeeded, and the time before it had failed. */
  'recovery',
  /** It was not run when it should have been: missed, too old, or withheld because too few machines can be reached. */
  'missed',
]);
export type NotifyEvent = z.infer<typeof notifyEventSchema>;

export const notifyRuleSchema = z.strictObject({
  channel: channelNameSchema,
  on: z
    .array(notifyEventSchema)
    .min(1)
    .max(NOTIFY_EVENTS.length)
    .refine((events) => new Set(events).size === events.length, 'the same word stands here twice')
    .default(['failure', 'recovery']),
});
export type NotifyRule = z.infer<typeof notifyRuleSchema>;

export const notifySchema = z.strictObject({
  rules: z
    .array(notifyRuleSchema)
    .max(NOTIFICATIONS.rulesPerTask)
    .refine(
      (rules) => new Set(rules.map(({ channel }) => channel)).size === rules.length,
      'a channel stands here twice',
    )
    .default([]),
});
export type Notify = z.infer<typeof notifySchema>;

/** Every channel that a task names. */
export function channelsNamed({ notify }: { readonly notify?: Notify | undefined }): readonly string[] {
  return notify?.rules.map(({ channel }) => channel) ?? [];
}
