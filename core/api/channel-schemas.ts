/** What the API says of channels, and takes. */
import { z } from 'zod';
import { channelNameSchema, channelSchema } from '../domain/channel.ts';
import { instantOutput } from './api-values.ts';

export const channelOutput = z.object({
  name: z.string(),
  /** With the name of its secret, never its value. */
  channel: channelSchema,
  revision: z.int(),
  changedAt: instantOutput,
  changedBy: z.object({ id: z.string(), name: z.string().nullable() }),
  /** Ids of tasks that name it; the first of them, and how many in all. */
  tasks: z.array(z.string()),
  taskCount: z.int(),
  /** How sending by it goes on this machine; the others send what they have to tell themselves. */
  here: z.object({
    waiting: z.int(),
    sentAt: instantOutput.nullable(),
    failure: z.object({ text: z.string(), at: instantOutput }).nullable(),
  }),
});
export type ChannelOutput = z.output<typeof channelOutput>;

export const channelListOutput = z.object({ channels: z.array(channelOutput) });
export const channelInput = z.strictObject({ name: channelNameSchema });
export const channelNameOutput = z.object({ name: z.string() });
export const putChannelInput = z.strictObject({
  name: channelNameSchema,
  channel: channelSchema,
  /** Refuse if it has been changed since; 0: there must be none of this name yet. */
  expectRevision: z.int().min(0).optional(),
});
/** What the other side answered, such as `204`. */
export const testedChannelOutput = z.object({ name: z.string(), answer: z.string() });
