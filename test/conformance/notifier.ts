/** What every notifier does: it hands on what it is given, once, and says truly how that went. */
import { describe, expect, it } from 'vitest';
import type { Channel } from '../../core/domain/channel.ts';
import type { Notifier } from '../../core/ports/notifier.ts';

/** Somebody who receives, and answers as told. */
export interface Receiver {
  readonly channel: Channel;
  readonly notifier: Notifier;
  answerWith(status: number): void;
  /** Ids and bodies that have arrived. */
  received(): readonly { readonly id: string; readonly body: string }[];
  /** From now on nobody listens. */
  leave(): Promise<void>;
}

/** What a receiver of one kind may answer. */
export interface Statuses {
  readonly taken: string;
  /** The same may be taken later. */
  readonly later: readonly number[];
  /** It will never be. */
  readonly never: readonly number[];
}

export const HTTP: Statuses = {
  taken: '204',
  later: [500, 503, 408, 425, 429],
  never: [302, 307, 400, 401, 404, 410],
};
/** RFC 5321 4.2.1. */
export const SMTP: Statuses = { taken: '250', later: [421, 450, 451, 452], never: [550, 552, 554] };

export function describeNotifier(
  name: string,
  { taken, later, never }: Statuses,
  create: () => Promise<Receiver>,
): void {
  const request = ({ channel }: Receiver, id: string) => ({
    channel,
    id,
    subject: 'naïve ✓',
    body: JSON.stringify({ id, text: 'naïve ✓' }),
    secret: undefined,
  });

  describe(`${name} as a notifier`, () => {
    it('hands on the body as it is, and tells what was answered', async () => {
      const receiver = await create();
      expect(await receiver.notifier.send(request(receiver, 'one'))).toEqual({ ok: true, value: taken });
      expect(receiver.received()).toMatchObject([{ id: 'one', body: '{"id":"one","text":"naïve ✓"}' }]);
    });

    it.each(later)('may try again after status %d', async (status) => {
      const receiver = await create();
      receiver.answerWith(status);
      const outcome = await receiver.notifier.send(request(receiver, 'one'));
      expect(outcome).toMatchObject({ ok: false, error: { code: 'NOTIFICATION_FAILED', retry: true } });
      expect(receiver.received()).toHaveLength(1);
    });

    it.each(never)('need not try again after status %d', async (status) => {
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
