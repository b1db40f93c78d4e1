/**
 * Channels in the document: reading one, and edits of them. They stand among the settings, which admins alone may write.
 * A channel is one value, as a calendar is: of two that were written apart one is in force everywhere, and a deletion is a
 * value too.
 */
import { z } from 'zod';
import { NOTIFICATIONS } from '../config/notifications.ts';
import { type Channel, channelSchema } from '../domain/channel.ts';
import type { FacetOrigin } from '../domain/task.ts';
import { appError } from '../std/app-error.ts';
import { type Result, err } from '../std/result.ts';
import type { DocumentEdit } from './document-protocol.ts';
import type { Draft } from './draft.ts';
import { decodeEnvelope } from './envelope.ts';
import { channelPlace, type Place } from './schema.ts';

type EditOf<Kind extends DocumentEdit['kind']> = Extract<DocumentEdit, { kind: Kind }>;

/** A channel with who wrote it, and when. */
export interface KeptChannel extends FacetOrigin {
  readonly channel: Channel;
}

/** A channel by its name; `kept` is undefined when there is none (any more), or none that can be read. */
export interface NamedChannel {
  readonly name: string;
  readonly kept: KeptChannel | undefined;
}

/** Channels that there are, and names that are remembered. */
export interface ChannelCounts {
  readonly live: number;
  readonly names: number;
}

const deletedChannelSchema = z.strictObject({ deleted: z.literal(true) });

/** What is at the place of a channel. One of a kind that only later versions know is there, and cannot be read. */
export function readChannel(
  source: { read(place: Place): string | undefined },
  name: string,
): { readonly known: boolean; readonly kept: KeptChannel | undefined } {
  const text = source.read(channelPlace(name));
  const envelope = text === undefined ? undefined : decodeEnvelope(text);
  if (envelope?.ok !== true) return { known: text !== undefined, kept: undefined };
  const { value, revision, author, changedAt } = envelope.value;
  const parsed = channelSchema.safeParse(value);
  return { known: true, kept: parsed.success ? { channel: parsed.data, revision, author, changedAt } : undefined };
}

/** Puts a channel, new or in place of what it was. */
export function putChannel(
  draft: Draft,
  { name, channel, expectRevision }: EditOf<'put-channel'>,
  counts: ChannelCounts,
): Result<undefined> {
  const before = draft.read(channelPlace(name));
  const isThere = before !== undefined && !isDeleted(before.value);
  const revision = isThere ? before.revision : 0;
  if (expectRevision !== undefined && revision !== expectRevision) {
    const advice = 'Read the channel again and repeat the change.';
    return err(appError('DOCUMENT_CONFLICT', `The channel "${name}" was changed meanwhile.`, { advice }));
  }
  const { channelsPerCluster, channelNames } = NOTIFICATIONS;
  if (!isThere && counts.live >= channelsPerCluster) {
    return err(
      appError('LIMIT_EXCEEDED', `There are ${channelsPerCluster} channels already; "${name}" is one too many.`),
    );
  }
  if (before === undefined && counts.names >= channelNames) {
    return err(appError('LIMIT_EXCEEDED', `There have been ${channelNames} names of channels; use one of these.`));
  }
  return draft.put(channelPlace(name), channel, `channel "${name}"`);
}

/** Deletes a channel; that it was there is remembered. */
export function deleteChannel(draft: Draft, { name }: EditOf<'delete-channel'>): Result<undefined> {
  const before = draft.read(channelPlace(name));
  if (before === undefined || isDeleted(before.value)) {
    return err(appError('CHANNEL_NOT_FOUND', `There is no channel "${name}".`));
  }
  return draft.put(channelPlace(name), { deleted: true }, `channel "${name}"`);
}

function isDeleted(value: unknown): boolean {
  return deletedChannelSchema.safeParse(value).success;
}
