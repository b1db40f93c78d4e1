/**
 * A channel: a way to tell people or programs what became of runs, defined once for the cluster. Tasks name channels in
 * their facet `notify`; whichever machine has something to tell sends it.
 */
import { z } from 'zod';
import { LIMITS } from '../config/constants.ts';
import { NOTIFICATIONS } from '../config/notifications.ts';
import { MAIL_TLS } from './channel-ways.ts';
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

/** Plain and bare: no name beside it, no comments, nothing that could end a header or a command (RFC 5321 4.1.2). */
const mailAddressSchema = z
  .string()
  .max(NOTIFICATIONS.mailAddressLength)
  .regex(
    /^[^\s@<>()[\]",:;\\\p{Cc}]+@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?$/u,
    'write an address of e-mail as name@example.org',
  );

/** A name, or an address of IPv4 or IPv6 without brackets. */
const mailHostSchema = z
  .string()
  .max(253)
  .regex(/^[A-Za-z0-9:](?:[A-Za-z0-9.:-]*[A-Za-z0-9:])?$/, 'write the name or the address of a mail server');

export const emailChannelSchema = z
  .strictObject({
    kind: z.literal('email'),
    about: z.string().max(LIMITS.descriptionLength).default(''),
    /** The mail server that takes what is sent. */
    host: mailHostSchema,
    port: z.int().min(1).max(65_535),
    tls: z.enum(MAIL_TLS).default('starttls'),
    from: mailAddressSchema,
    to: z.array(mailAddressSchema).min(1).max(NOTIFICATIONS.mailRecipients),
    /** The password is a secret of the cluster and never stands in the document. */
    login: z
      .strictObject({ user: z.string().min(1).max(NOTIFICATIONS.mailAddressLength), secret: secretNameSchema })
      .optional(),
    /** Sends nothing while this is set; what happens meanwhile is not told later. */
    paused: z.boolean().default(false),
  })
  .refine(({ tls, host }) => tls !== 'none' || isOwnMachine(host), {
    message: 'without TLS mail goes to a server on the machine itself alone: localhost, 127.0.0.1 or ::1',
    path: ['tls'],
  })
  .refine(({ tls, login }) => tls !== 'none' || login === undefined, {
    message: 'a password travels in the open without TLS: use tls or starttls, or no user',
    path: ['login'],
  });
export type EmailChannel = z.infer<typeof emailChannelSchema>;

/** By `kind`, so that other ways can come: a machine that does not know one sends nothing by it. */
export const channelSchema = z.discriminatedUnion('kind', [webhookChannelSchema, emailChannelSchema]);
export type Channel = z.infer<typeof channelSchema>;

/** Whether a host is the machine itself, by its name or address alone (RFC 6761 6.3). */
function isOwnMachine(host: string): boolean {
  return host.toLowerCase() === 'localhost' || host === '::1' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host);
}
