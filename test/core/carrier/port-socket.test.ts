/** A message port that stands in for a WebSocket: hello, messages, the brake, and both ways to end. */
import { describe, expect, it } from 'vitest';
import { PORT_WINDOW, PortSocket, type Wire } from '../../../core/carrier/port-socket.ts';

interface Held {
  readonly wire: Wire;
  readonly frames: unknown[];
  take(frame: unknown): void;
  goAway(): void;
  closed: boolean;
}

/** A wire whose other end is the test. */
function hold(): Held {
  let take: (frame: unknown) => void = () => undefined;
  let gone: () => void = () => undefined;
  const held: Held = {
    frames: [],
    closed: false,
    take: (frame) => take(frame),
    goAway: () => gone(),
    wire: {
      post: (frame) => void held.frames.push(frame),
      listen: (onFrame, onClosed) => {
        take = onFrame;
        gone = onClosed;
      },
      close: () => {
        held.closed = true;
      },
    },
  };
  return held;
}

function heardBy(socket: PortSocket): string[] {
  const heard: string[] = [];
  for (const type of ['open', 'message', 'close'] as const) {
    socket.addEventListener(type, (event) => heard.push(type === 'message' ? `message ${event.data ?? ''}` : type));
  }
  return heard;
}

/** Whether a promise has settled once everything that is due has run. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  void promise.then(() => (settled = true));
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
  return settled;
}

describe('a socket over a port', () => {
  it('opens when the serving side says hello, and not before', async () => {
    const held = hold();
    const socket = new PortSocket(held.wire, { serves: false });
    const heard = heardBy(socket);
    expect(socket.readyState).toBe(0);
    await expect(socket.send('too early')).rejects.toThrow('not open');
    held.take(null);
    expect(heard).toEqual(['open']);
    expect(socket.readyState).toBe(1);
  });

  it('that serves says hello by itself', () => {
    const held = hold();
    expect(new PortSocket(held.wire, { serves: true }).readyState).toBe(1);
    expect(held.frames).toEqual([null]);
  });

  it('tells how much of what came was taken', () => {
    const held = hold();
    const heard = heardBy(new PortSocket(held.wire, { serves: true }));
    held.take('four');
    expect(heard).toEqual(['message four']);
    expect(held.frames).toEqual([null, 4]);
  });

  it('holds its sender up until the reader has taken enough', async () => {
    const held = hold();
    const socket = new PortSocket(held.wire, { serves: true });
    const half = 'x'.repeat(PORT_WINDOW / 2 + 1);
    expect(await isSettled(socket.send(half))).toBe(true);
    const second = socket.send(half);
    expect(await isSettled(second)).toBe(false);
    held.take(half.length);
    expect(await isSettled(second)).toBe(true);
  });

  it('lets a sender go that waits when the reader goes away', async () => {
    const held = hold();
    const socket = new PortSocket(held.wire, { serves: true });
    const heard = heardBy(socket);
    const sent = socket.send('x'.repeat(PORT_WINDOW + 1));
    expect(await isSettled(sent)).toBe(false);
    held.goAway();
    await sent;
    expect(heard).toEqual(['close']);
    await expect(socket.send('more')).rejects.toThrow('not open');
  });

  it.each([
    ['is too long', 'x'.repeat(11)],
    ['is not accepted', 'bad'],
    ['is no frame at all', { text: 'good' }],
    ['takes back more than nothing', -1],
  ])('closes at a frame that %s', (_what, frame) => {
    const held = hold();
    const socket = new PortSocket(held.wire, { serves: true, mostLength: 10, accepts: (text) => text !== 'bad' });
    const heard = heardBy(socket);
    held.take(frame);
    expect(heard).toEqual(['close']);
    expect(held.closed).toBe(true);
    held.take('good');
    expect(heard).toEqual(['close']);
  });

  it('tells its end once', () => {
    const held = hold();
    const socket = new PortSocket(held.wire, { serves: false });
    const heard = heardBy(socket);
    socket.close();
    socket.close();
    held.goAway();
    expect(heard).toEqual(['close']);
  });
});
