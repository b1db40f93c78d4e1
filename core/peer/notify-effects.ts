/** Sending, outside of the steps: a secret is opened right before, and its value is in the clear no longer than that. */
import type { Channel } from '../domain/channel.ts';
import type { ClusterId, MachineId } from '../domain/ids.ts';
import type { Notifier, NotifyFailure } from '../ports/notifier.ts';
import type { Sealer } from '../ports/sealer.ts';
import { openSecret, type SealedSecret } from '../security/secrets.ts';
import { err, type Result } from '../std/result.ts';

export interface NotifyJob {
  /** The name of the channel. */
  readonly name: string;
  readonly channel: Channel;
  readonly id: string;
  readonly subject: string;
  readonly body: string;
  /** A person waits for the answer. */
  readonly requestId: string | undefined;
  readonly secret: { readonly clusterId: ClusterId; readonly name: string; readonly sealed: SealedSecret } | undefined;
}

/** What is left of a job when it is done. */
export type NotifiedJob = Pick<NotifyJob, 'name' | 'id' | 'requestId'>;

export function nameOfJob({ name, id, requestId }: NotifyJob): NotifiedJob {
  return { name, id, requestId };
}

/** Carries out a job. */
export async function sendNotification(
  sealer: Sealer,
  notifier: Notifier,
  self: MachineId,
  { channel, id, subject, body, secret }: NotifyJob,
): Promise<Result<string, NotifyFailure>> {
  if (secret === undefined) return notifier.send({ channel, id, subject, body, secret: undefined });
  const value = await openSecret(sealer, self, secret);
  if (value === undefined) {
    const text = `this machine cannot open the secret "${secret.name}"`;
    return err({ code: 'SECRET_UNREADABLE', text, retry: true });
  }
  try {
    return await notifier.send({ channel, id, subject, body, secret: value });
  } finally {
    value.fill(0);
  }
}
