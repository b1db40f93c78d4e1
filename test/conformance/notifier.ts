/** What every notifier does: it hands on what it is given, once, and says truly how that went. */
import { describe, expect, it } from 'vitest';
import { channelSchema } from '../../core/domain/channel.ts';
import type { Notifier } from '../../core/ports/notifier.ts';

/** Somebody who receives, and answers as told. */
export interface Receiver {
  readonly url: string;
  readonly notifier: Notifier;
  answerWith(status: number): void;
  /** Ids and bodies that have arrived. */
  received(): readonly { readonly id: string; readonly body: string }[];
  /** From now on nobody listens. */
  leave(): Promise<void>;
}

export function describeNotifier(name: string, create: () => Promise<Receiver>): void {
  const request = ({ url }: Receiver, id: string) => ({
    channel: channelSchema.parse({ kind: 'webhook', url }),
    id,
    body: JSON.stringify({ id, text: 'naïve ✓' }),
    secret: undefined,
  });

  describe(`${name} as a notifier`, () => {
    it('hands on the body as it is, and tells what was answered', async () => {
      const receiver = await create();
      expect(await receiver.notifier.send(request(receiver, 'one'))).toEqual({ ok: true, value: '204' });
      expect(receiver.received()).toMatchObject([{ id: 'one', body: '{"id":"one","text":"naïve ✓"}' }]);
    });

    it.each([500, 503, 408, 425, 429])('may try again after status %d', async (status) => {
      const receiver = await create();
      receiver.answerWith(status);
      const outcome = await receiver.notifier.send(request(receiver, 'one'));
      expect(outcome).toMatchObject({ ok: false, error: { code: 'NOTIFICATION_FAILED', retry: true } });
      expect(receiver.received()).toHaveLength(1);
    });

    it.each([302, 307, 400, 401, 404, 410])('need not try again after status %d', async (status) => {
      const receiver = await create();
      receiver.answerWith(status);
      const outcome = await receiver.notifier.send(request(receiver, 'one'));
      expect(outcome).toMatchObject({ ok: false, error: { code: 'NOTIFICATION_REFUSED', retry: false } });
      expect(receiver.received()).toHaveLength(1);
    });

    it('says that nobody listens, and may try again', async () => {
      const receiver = await create();
      await receiver.leave();
      const outcome = await receiver.notifier.send(request(receiver, 'one'));
      expect(outcome).toMatchObject({ ok: false, error: { code: 'NOTIFICATION_FAILED', retry: true } });
    });
  });
}
