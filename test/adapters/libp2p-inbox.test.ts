/** The inbox of a control stream whose connection ends while its sender is held back. */
import { once } from 'node:events';
import { StreamStateError, type Stream, type StreamMessageEvent } from '@libp2p/interface';
import { streamPair } from '@libp2p/utils';
import { describe, expect, it } from 'vitest';
import { FairTurns } from '../../core/adapters/libp2p/fair-turns.ts';
import { Inbox } from '../../core/adapters/libp2p/inbox.ts';
import { NETWORK } from '../../core/adapters/libp2p/network-limits.ts';
import { frameWhole } from '../../core/protocol/frames.ts';

describe('an inbox', () => {
  it('ends its stream when that cannot be set going again because its connection is closing', async () => {
    const [near, far] = await streamPair();
    const taken: (() => void)[] = [];
    const inbox: Inbox = new Inbox(near, new FairTurns(), () => taken.push(inbox.lend(NETWORK.untakenBytes)));
    const read = ({ data }: StreamMessageEvent): void => void inbox.read(data.subarray());
    near.addEventListener('message', read);
    const arrived = once(near, 'message');
    far.send(frameWhole(Uint8Array.of(1), 'urgent'));
    await arrived;
    expect([taken.length, near.readStatus]).toEqual([1, 'paused']);

    const closed = once(near, 'close');
    closeUnder(near);
    taken[0]?.();
    await closed;
    expect(near.status).toBe('aborted');
  });
});

/** As when its connection has begun to close: the stream is open, and nothing can be told to its sender any more. */
function closeUnder(stream: Stream): void {
  Object.assign(stream, {
    sendResume: () => {
      throw new StreamStateError('Cannot write to a stream that is closing');
    },
  });
}
