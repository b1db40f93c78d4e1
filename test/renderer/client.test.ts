import { describe, expect, it } from 'vitest';
import { takeAccessToken } from '../../renderer/src/client/access-token.ts';
import {
  Connection,
  type ConnectionState,
  LONGEST_RETRY_MS,
  retryPauseMs,
} from '../../renderer/src/client/connection.ts';
import { refusalOf } from '../../renderer/src/client/refusal.ts';
import { FakeScheduler, english, refusal, settle } from './fake-host.ts';

class FakeSocket extends EventTarget {
  close(): void {
    this.dispatchEvent(new Event('close'));
  }
  open(): void {
    this.dispatchEvent(new Event('open'));
  }
}

function connect(isRefused = false) {
  const scheduler = new FakeScheduler();
  const sockets: FakeSocket[] = [];
  const states: ConnectionState[] = [];
  const host = {
    openSocket: () => {
      const socket = new FakeSocket();
      sockets.push(socket);
      return socket as unknown as WebSocket;
    },
    isRefused: async () => isRefused,
    now: () => scheduler.now(),
    random: () => 0,
    after: (delayMs: number, callback: () => void) => scheduler.after(delayMs, callback),
  };
  const connection = new Connection(host, (state) => states.push(state));
  connection.open();
  const kinds = (): string[] => states.map((state) => state.kind);
  return { scheduler, sockets, states, connection, kinds };
}

describe('the code in the address', () => {
  function place(
    hash: string,
    redeem: (code: string) => Promise<string | undefined>,
    kept = new Map<string, string>(),
  ) {
    const shown: string[] = [];
    const store = {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => void kept.set(key, value),
    };
    const addresses = {
      replaceState: (_state: unknown, _title: string, url?: string | URL | null) => void shown.push(String(url)),
    };
    return { location: { hash, pathname: '/', search: '?a=1' }, store, addresses, redeem, shown, kept };
  }

  it('is taken out of the address before it is traded for a session, which is kept', async () => {
    const first = place('#code=abc_-1', async (code) => {
      expect(first.shown).toEqual(['/?a=1']);
      return `session of ${code}`;
    });
    expect(await takeAccessToken(first)).toBe('session of abc_-1');
    const never = async (): Promise<string> => expect.fail('nothing is to be traded');
    expect(await takeAccessToken(place('', never, first.kept))).toBe('session of abc_-1');
    expect(await takeAccessToken(place('#tasks/a', never))).toBeUndefined();
  });

  it('leaves the session as it is when it is not good any more', async () => {
    const used = async (): Promise<undefined> => undefined;
    const kept = new Map([['carillon.session', 'mine']]);
    expect(await takeAccessToken(place('#code=abc', used, kept))).toBe('mine');
    expect(await takeAccessToken(place('#code=abc', used))).toBeUndefined();
  });
});

describe('the connection', () => {
  it('opens again after growing pauses, and anew from the first once it was live', async () => {
    const { scheduler, sockets, kinds } = connect();
    sockets[0]?.open();
    sockets[0]?.close();
    await settle();
    expect(kinds()).toEqual(['connecting', 'live', 'waiting']);
    await scheduler.advance(300);
    sockets[1]?.close();
    await scheduler.advance(599);
    expect(sockets).toHaveLength(2);
    await scheduler.advance(1);
    expect(sockets).toHaveLength(3);
    sockets[2]?.open();
    sockets[2]?.close();
    await scheduler.advance(300);
    expect(sockets).toHaveLength(4);
  });

  it('ends what hangs on a lost socket', () => {
    const { sockets, states } = connect();
    sockets[0]?.open();
    const live = states.at(-1);
    sockets[0]?.close();
    expect(live?.kind === 'live' && live.ended.aborted).toBe(true);
  });

  it('stops trying when the agent does not accept the key', async () => {
    const { scheduler, sockets, kinds } = connect(true);
    sockets[0]?.close();
    await settle();
    await scheduler.advance(60_000);
    expect(kinds().at(-1)).toBe('refused');
    expect(sockets).toHaveLength(1);
  });

  it('tries at once when asked to', async () => {
    const { sockets, connection } = connect();
    sockets[0]?.close();
    connection.retryNow();
    await settle();
    expect(sockets).toHaveLength(2);
  });

  it('never pauses longer than its bound', () => {
    expect(retryPauseMs(1000, 0)).toBe(LONGEST_RETRY_MS);
    expect(retryPauseMs(1000, 1)).toBe(LONGEST_RETRY_MS * 0.75);
  });
});

describe('refusals', () => {
  it('keep the code, the advice and the field of the API', () => {
    expect(refusalOf(refusal('TASK_EXISTS', 'there is a task "a" already', 'id'), english)).toEqual({
      code: 'TASK_EXISTS',
      message: 'There is a task "a" already.',
      advice: 'Do something about it.',
      field: 'id',
    });
  });

  it('are of the connection when nothing came back', () => {
    expect(refusalOf(new Error('socket is closed'), english).code).toBe('AGENT_UNREACHABLE');
  });
});
