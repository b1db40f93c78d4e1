/** The channels of the settings without a browser: what is typed, and what becomes of it. */
import { describe, expect, it } from 'vitest';
import type { ChannelOutput } from '../../core/api/channel-schemas.ts';
import * as ways from '../../core/domain/channel-ways.ts';
import { MAIL_PORTS, MAIL_TLS, whereTo } from '../../renderer/src/state/channel-ways.ts';
import { ChannelsState, draftOf, proofOf } from '../../renderer/src/state/channels.svelte.ts';
import { type FakeApi, FakeScheduler, liveAccess, settle } from './fake-host.ts';

const CHANNEL = { kind: 'webhook', url: 'https://chat.test/hooks/hidden', about: '', paused: false } as const;
const MAIL = {
  kind: 'email',
  host: 'mail.test',
  port: 465,
  tls: 'tls',
  from: 'carillon@mail.test',
  to: ['duty@mail.test', 'boss@mail.test'],
  about: '',
  paused: false,
} as const;
const LOGGED_IN = { ...MAIL, to: ['duty@mail.test'], login: { user: 'carillon', secret: 'mail-key' } };
const SIGNED = { ...CHANNEL, proof: { use: 'hmac', secret: 'hook' } } as const;

function output(name: string, channel: ChannelOutput['channel']): ChannelOutput {
  return {
    name,
    channel,
    revision: 4,
    changedAt: '2026-01-05T12:00:00.000Z',
    changedBy: { id: 'm', name: 'alpha' },
    tasks: [],
    taskCount: 0,
    here: { waiting: 0, sentAt: null, failure: null },
  };
}

function stateWith(...channels: ChannelOutput[]) {
  const puts: unknown[] = [];
  const api: FakeApi = {
    channels: { list: async () => ({ channels }), put: async (input: never) => puts.push(input) },
    secrets: { list: async () => ({ secrets: [{ name: 'hook' }, { name: 'other' }] }) },
  };
  const page = { access: liveAccess(api), scheduler: new FakeScheduler(), onSignal: () => () => undefined };
  return { state: new ChannelsState(page), puts };
}

describe('a channel', () => {
  it.each([CHANNEL, SIGNED, { ...MAIL, to: [...MAIL.to] }, LOGGED_IN])(
    'that is typed as it was stays as it was',
    async (channel) => {
      const { state, puts } = stateWith();
      await state.put('ops', draftOf(channel), 4);
      expect(puts).toEqual([{ name: 'ops', channel, expectRevision: 4 }]);
    },
  );

  it('is paused as it is, from the revision that is seen', async () => {
    const { state, puts } = stateWith(output('ops', SIGNED));
    state.start();
    await settle();
    const [one] = state.list;
    if (one === undefined) throw new Error('it is not listed');
    await state.pause(one, true);
    expect(puts).toEqual([{ name: 'ops', channel: { ...SIGNED, paused: true }, expectRevision: 4 }]);
    state.stop();
  });

  it('has its proof taken away, and its address trimmed', async () => {
    const { state, puts } = stateWith();
    await state.put('ops', { ...draftOf(SIGNED), use: 'none', url: ` ${SIGNED.url} ` }, 0);
    expect(puts).toEqual([{ name: 'ops', channel: CHANNEL, expectRevision: 0 }]);
  });

  it('is shown by its host alone', () => {
    expect([whereTo(CHANNEL), whereTo({ ...CHANNEL, url: 'no address' })]).toEqual(['chat.test', 'no address']);
  });

  it('of mail takes the usual port and addresses as they are typed, and is shown by its first one', async () => {
    const { state, puts } = stateWith();
    const typed = { kind: 'email', host: ' mail.test', tls: 'tls', from: 'carillon@mail.test ', port: '' } as const;
    await state.put('duty', { ...draftOf(undefined), ...typed, to: 'duty@mail.test; boss@mail.test\n' }, 0);
    expect(puts).toEqual([{ name: 'duty', channel: MAIL, expectRevision: 0 }]);
    expect(whereTo({ ...MAIL, to: [...MAIL.to] })).toBe('duty@mail.test +1');
  });

  it('says by which secret it shows who sends', () => {
    expect([CHANNEL, SIGNED, { ...MAIL, to: [...MAIL.to] }, LOGGED_IN].map(proofOf)).toEqual([
      { use: 'none', secret: '' },
      { use: 'hmac', secret: 'hook' },
      { use: 'none', secret: '' },
      { use: 'login', secret: 'mail-key' },
    ]);
  });

  it('is sent by the ways that the core knows', () => {
    expect([MAIL_TLS, MAIL_PORTS]).toEqual([ways.MAIL_TLS, ways.MAIL_PORTS]);
    expect([CHANNEL, LOGGED_IN].map(whereTo)).toEqual([CHANNEL, LOGGED_IN].map(ways.whereTo));
  });

  it('may use any secret of the cluster', async () => {
    expect(await stateWith().state.secretNames()).toEqual(['hook', 'other']);
  });
});
