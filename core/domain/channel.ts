/**
 * A channel: a way to tell people or programs what became of runs, defined once for the cluster. Tasks name channels in
 * their facet `notify`; whichever machine has something to tell sends it.
 */
import { z } from 'zod';
import { LIMITS } from '../config/constants.ts';
import { NOTIFICATIONS } from '../config/notifications.ts';
import { secretNameSchema } from './secret.ts';

export const CHANNEL_NAME_PATTERN = /^[a-z0-9][a-z0-9._-]{0,63}$/;

export const channelNameSchema = z
  .string()
  .regex(
    CHANNEL_NAME_PATTERN,
    'a channel’s name has small letters, digits, ".", "_" or "-", and begins with a letter or digit',
  );

/** How a webhook proves who it is from. The value is a secret of the cluster and never stands in the document. */
export const webhookProofSchema = z.strictObject({
  /** `hmac`: the header `Carillon-Signature` signs the body. `bearer`: the header `Authorization` holds the value. */
  use: z.enum(['hmac', 'bearer']),
  secret: secretNameSchema,
});
export type WebhookProof = z.infer<typeof webhookProofSchema>;

/** Whole, plain, and without a name or password in it: those would stand in the open in the document and in logs. */
const webhookUrlSchema = z
  .url({ protocol: /^https?$/, error: 'write the address as https://host/path' })
  .max(NOTIFICATIONS.urlLength)
  .refine((text) => !/^https?:\/\/[^/?#]*@/i.test(text), 'an address holds no user or password: use a secret')
  .refine((text) => !text.includes('#'), 'an address of a webhook has no part after "#"');

export const webhookChannelSchema = z
  .strictObject({
    kind: z.literal('webhook'),
    about: z.string().max(LIMITS.descriptionLength).default(''),
    url: webhookUrlSchema,
    proof: webhookProofSchema.optional(),
    /** Sends nothing while this is set; what happens meanwhile is not told later. */
    paused: z.boolean().default(false),
  })
  .refine(({ url, proof }) => proof?.use !== 'bearer' || /^https:/i.test(url), {
    message: 'a bearer secret travels in the open over http: use https, or hmac',
    path: ['proof', 'use'],
  });
export type WebhookChannel = z.infer<typeof webhookChannelSchema>;

/** By `kind`, so that other ways can come: a machine that does not know one sends nothing by it. */
export const channelSchema = z.discriminatedUnion('kind', [webhookChannelSchema]);
export type Channel = z.infer<typeof channelSchema>;
