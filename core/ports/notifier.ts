/**
 * Tells a channel something, once, and says how that went. It decides nothing: not what is told, not whether it is tried
 * again. A webhook follows no redirect, waits no longer than `NOTIFICATIONS.answerMs`, and reads no more of an answer than
 * `NOTIFICATIONS.answerBytes`; a mail is bounded by `NOTIFICATIONS.mailMs` and `NOTIFICATIONS.mailAnswerBytes`.
 */
import type { Channel } from '../domain/channel.ts';
import type { Result } from '../std/result.ts';

export interface NotifyRequest {
  readonly channel: Channel;
  /** The same when the same is sent again. */
  readonly id: string;
  /** One line for people, by which a mail is announced. */
  readonly subject: string;
  /** JSON for a webhook, plain text for a mail. */
  readonly body: string;
  /** The value of the secret that the channel names; it is not kept. */
  readonly secret: Uint8Array | undefined;
}

export interface NotifyFailure {
  readonly code:
    | 'NOTIFICATION_FAILED'
    | 'NOTIFICATION_REFUSED'
    | 'SECRET_NOT_FOUND'
    | 'SECRET_NOT_FOR_THIS_MACHINE'
    | 'SECRET_UNREADABLE';
  /** For people; holds neither the secret nor the part of an address after its path. */
  readonly text: string;
  /** Trying again later may help. */
  readonly retry: boolean;
}

export interface Notifier {
  /** The value says what the other side answered, such as `204` or `250`. Never throws for what the other side does. */
  send(request: NotifyRequest): Promise<Result<string, NotifyFailure>>;
}
