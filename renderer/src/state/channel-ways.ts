/** Ways of channels as the page shows them. Ports and modes are those of core/domain/channel-ways.ts; a test holds them equal. */
import type { ChannelOutput } from '../../../core/api/channel-schemas.ts';

type Channel = ChannelOutput['channel'];
export type MailTls = Extract<Channel, { kind: 'email' }>['tls'];

export const MAIL_TLS: readonly MailTls[] = ['tls', 'starttls', 'none'];

/** The port where mail is submitted, as long as nothing else is said. */
export const MAIL_PORTS: Readonly<Record<MailTls, number>> = { tls: 465, starttls: 587, none: 25 };

/** Where a channel leads, in one line, without the part of an address that may be a secret by itself. */
export function whereTo(channel: Channel): string {
  if (channel.kind === 'webhook') return URL.parse(channel.url)?.host ?? channel.url;
  const [first = '', ...more] = channel.to;
  return more.length === 0 ? first : `${first} +${more.length}`;
}
