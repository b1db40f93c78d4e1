/** Channels and the facet `notify` in the document: who may write them, what is read of them, and how many there may be. */
import { describe, expect, it } from 'vitest';
import { NOTIFICATIONS } from '../../../core/config/notifications.ts';
import { readChannel } from '../../../core/document/channel-changes.ts';
import type { DocumentEdit } from '../../../core/document/document-protocol.ts';
import { encodeEnvelope } from '../../../core/document/envelope.ts';
import { readTask } from '../../../core/document/facets.ts';
import { channelPlace, facetPlace } from '../../../core/document/schema.ts';
import { channelSchema } from '../../../core/domain/channel.ts';
import { notifySchema } from '../../../core/domain/notify.ts';
import { FACET_NAMES } from '../../../core/domain/task.ts';
import { definition, only, openBench, putTask, rosterEntry, START, synchronise, taskId } from './document-builders.ts';

const OPS = channelSchema.parse({ kind: 'webhook', url: 'https://receiver.test/ops' });
const put = (name = 'ops', channel = OPS): DocumentEdit => ({ kind: 'put-channel', name, channel });
const notify = notifySchema.parse({ rules: [{ channel: 'ops' }] });

describe('a channel', () => {
  it('comes to all machines, changes and goes', () => {
    const [one, two] = [openBench(0), openBench(1)];
    expect(only(one.edit(put()), 'changed').delta.channels).toMatchObject([
      { name: 'ops', kept: { channel: OPS, revision: 1, author: one.self } },
    ]);
    synchronise(one, two);
    const changed = only(two.edit(put('ops', { ...OPS, paused: true })), 'changed');
    expect(changed.delta.channels).toMatchObject([{ kept: { revision: 2, author: two.self } }]);
    const gone = only(two.edit({ kind: 'delete-channel', name: 'ops' }), 'changed');
    expect(gone.delta.channels).toEqual([{ name: 'ops', kept: undefined }]);
    const refused = only(two.edit({ kind: 'delete-channel', name: 'ops' }), 'refused');
    expect(refused.error.code).toBe('CHANNEL_NOT_FOUND');
    expect(only(two.edit({ ...put(), expectRevision: 0 } as DocumentEdit), 'changed').type).toBe('changed');
  });

  it('an editor may not define', () => {
    const bench = openBench(0);
    bench.edit({ kind: 'put-machine', entry: rosterEntry(bench.self, { roles: ['editor', 'executor'] }) });
    expect(only(bench.edit(put()), 'refused').error.code).toBe('NOT_AUTHORIZED');
  });

  it('is one of so many at most, and so are the names that there have been', () => {
    const bench = openBench(0);
    const { channelsPerCluster, channelNames } = NOTIFICATIONS;
    const names = Array.from({ length: channelNames }, (_, index) => `c${index}`);
    for (let start = 0; start < channelNames; start += channelsPerCluster) {
      const some = names.slice(start, start + channelsPerCluster);
      for (const name of some) only(bench.edit(put(name)), 'changed');
      if (start === 0) expect(only(bench.edit(put('more')), 'refused').error.code).toBe('LIMIT_EXCEEDED');
      for (const name of some) only(bench.edit({ kind: 'delete-channel', name }), 'changed');
    }
    expect(only(bench.edit(put('more')), 'refused').error.code).toBe('LIMIT_EXCEEDED');
    only(bench.edit(put('c0')), 'changed');
  });

  it('of a kind that only later versions know is there, and not read', () => {
    const value = { kind: 'pigeon', loft: 'north' };
    const text = encodeEnvelope({ value, revision: 1, author: openBench(0).self, changedAt: START, createdAt: START });
    const source = { read: ({ key }: { key: string }) => (key === channelPlace('ops').key ? text : undefined) };
    expect(readChannel(source, 'ops')).toEqual({ known: true, kept: undefined });
    expect(readChannel(source, 'other')).toEqual({ known: false, kept: undefined });
  });
});

describe('the facet notify', () => {
  const task = { ...definition('backup'), notify };

  it('is signed, counted and settled as the others, and written only where somebody is told', () => {
    const bench = openBench(0);
    bench.edit(putTask(definition('backup')));
    expect(bench.task('backup').notify).toBeUndefined();
    expect(bench.task('backup').origins.notify.revision).toBe(0);
    bench.edit(putTask(task));
    expect(bench.task('backup')).toMatchObject({
      notify,
      origins: { notify: { revision: 1 }, policy: { revision: 1 } },
    });
    bench.edit(putTask(definition('backup')));
    expect(bench.task('backup')).toMatchObject({ notify: { rules: [] }, origins: { notify: { revision: 2 } } });
    bench.edit(putTask(definition('backup')));
    expect(bench.task('backup').origins.notify.revision).toBe(2);
  });

  it('keeps a task from nothing when only later versions can read it', () => {
    const author = openBench(0).self;
    const id = taskId('backup');
    const texts = new Map<string, string>();
    for (const facet of FACET_NAMES) {
      const value = facet === 'notify' ? { rules: [{ pigeon: 'north' }] } : task[facet];
      const text = encodeEnvelope({ value, revision: 1, author, changedAt: START, createdAt: START });
      texts.set(facetPlace(id, facet).key, text);
    }
    const reading = readTask({ read: ({ key }) => texts.get(key), isContested: () => false }, id);
    expect(reading).toMatchObject({ kind: 'live', task: { action: task.action } });
    expect(reading.kind === 'live' && reading.task.notify).toBeUndefined();
  });
});
