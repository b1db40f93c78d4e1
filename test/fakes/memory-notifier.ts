/**
 * A notifier that keeps what it is told to send, and a receiver behind it that answers as a test says. It judges answers as
 * webhooks are judged; nothing leaves the process.
 */
import { whereTo } from '../../core/domain/channel-ways.ts';
import type { Notifier, NotifyRequest } from '../../core/ports/notifier.ts';
import { err, ok } from '../../core/std/result.ts';

export class MemoryNotifier implements Notifier {
  /** What arrived at the receiver, answered well or not. */
  readonly received: {
    readonly to: string;
    readonly id: string;
    readonly subject: string;
    readonly body: string;
    readonly secret: string;
  }[] = [];
  /** HTTP status of the next answers; undefined: nobody listens. */
  status: number | undefined = 204;

  async send({ channel, id, subject, body, secret }: NotifyRequest): ReturnType<Notifier['send']> {
    await Promise.resolve();
    const { status } = this;
    if (status === undefined) return err({ code: 'NOTIFICATION_FAILED', text: 'nobody listens there', retry: true });
    const value = secret === undefined ? '' : new TextDecoder().decode(secret);
    this.received.push({ to: whereTo(channel), id, subject, body, secret: value });
    if (status >= 200 && status < 300) return ok(String(status));
    const retry = status >= 500 || status === 408 || status === 425 || status === 429;
    const code = retry ? 'NOTIFICATION_FAILED' : 'NOTIFICATION_REFUSED';
    return err({ code, text: `it answered with status ${status}`, retry });
  }
}
