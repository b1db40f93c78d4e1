/** Tells channels something, each by the way of its kind. */
import type { Notifier } from '../../ports/notifier.ts';
import { type MailOptions, sendMail } from './mail-notifier.ts';
import { isOwnMachine, isReachable } from './reachable-address.ts';
import { sendWebhook } from './webhook-notifier.ts';

export interface NotifierOptions extends Partial<MailOptions> {
  /** Which addresses may be connected to. */
  readonly mayReach?: (address: string) => boolean;
}

/** A notifier for webhooks and e-mail. */
export function createNotifier(options: NotifierOptions = {}): Notifier {
  const { mayReach = isReachable, mayReachInTheOpen = isOwnMachine, authority } = options;
  return {
    send: (request) =>
      request.channel.kind === 'webhook'
        ? sendWebhook(request.channel, request, mayReach)
        : sendMail(request.channel, request, { mayReach, mayReachInTheOpen, authority }),
  };
}
