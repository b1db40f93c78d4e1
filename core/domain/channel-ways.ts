/** What is known of channels without reading one: how mail is sent, where a channel leads, which secret it needs. */
import type { Channel } from './channel.ts';

/**
 * How the way to a mail server is closed to others. `tls`: from the first byte (RFC 8314). `starttls`: by STARTTLS before
 * anything else, and not at all where the server does not offer it (RFC 3207). `none`: in the open, and therefore to nothing
 * but a mail server on the sending machine itself.
 */
export const MAIL_TLS = ['tls', 'starttls', 'none'] as const;
export type MailTls = (typeof MAIL_TLS)[number];

/** The port where mail is submitted, as long as nothing else is said (RFC 8314, RFC 6409, RFC 5321). */
export const MAIL_PORTS: Readonly<Record<MailTls, number>> = { tls: 465, starttls: 587, none: 25 };

/** The secret that a channel needs, and the field that names it. */
export function secretOf(channel: Channel): { readonly name: string; readonly field: string } | undefined {
  if (channel.kind === 'webhook') {
    return channel.proof === undefined ? undefined : { name: channel.proof.secret, field: 'proof.secret' };
  }
  return channel.login === undefined ? undefined : { name: channel.login.secret, field: 'login.secret' };
}

/** Where a channel leads, in one line, without the part of an address that may be a secret by itself. */
export function whereTo(channel: Channel): string {
  if (channel.kind === 'webhook') return /^https?:\/\/([^/?#]+)/i.exec(channel.url)?.[1] ?? channel.url;
  const [first = '', ...more] = channel.to;
  return more.length === 0 ? first : `${first} +${more.length}`;
}
