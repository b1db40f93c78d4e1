/** `carillon channel …`: ways to be told what became of runs. */
import { describe, expect, test } from 'vitest';
import { useCliBed } from './cli-bed.ts';

const bed = useCliBed();
const URL_OF_OPS = 'https://chat.test/hooks/hidden';

describe('carillon channel', () => {
  test('put makes one, list shows it without the rest of its address, test tries it, delete takes it away', async () => {
    const put = await bed.carillon(['channel', 'put', 'ops', '--url', URL_OF_OPS, '--about', 'The office']);
    expect(put).toMatchObject({ code: 0, error: '', out: expect.stringContaining('ops is made.') as string });
    const listed = await bed.carillon(['channel', 'list']);
    expect(listed.out).toMatch(/ops +chat\.test +- +0 +0 +- +-/);
    expect(listed.out).not.toContain('hidden');
    expect((await bed.carillon(['channel', 'test', 'ops'])).out).toContain('ops was told; it answered 204.');
    expect((await bed.carillon(['channel', 'delete', 'ops'])).code).toBe(0);
    expect(await bed.carillon(['channel', 'test', 'ops'])).toMatchObject({
      code: 3,
      error: expect.stringContaining('CHANNEL_NOT_FOUND') as string,
    });
  });

  test('put keeps what is not named', async () => {
    await bed.carillon(['channel', 'put', 'kept', '--url', URL_OF_OPS, '--hmac', 'hook']);
    await bed.carillon(['channel', 'put', 'kept', '--pause']);
    const channelOf = async (): Promise<unknown> => {
      const { channels } = (await bed.json('channel', 'list')) as { channels: { name: string; channel: unknown }[] };
      return channels.find(({ name }) => name === 'kept')?.channel;
    };
    const proof = { use: 'hmac', secret: 'hook' };
    expect(await channelOf()).toEqual({ kind: 'webhook', about: '', url: URL_OF_OPS, proof, paused: true });
    await bed.carillon(['channel', 'put', 'kept', '--unproven', '--resume']);
    expect(await channelOf()).toEqual({ kind: 'webhook', about: '', url: URL_OF_OPS, paused: false });
  });

  test('put makes one of mail, by the usual ports, and keeps what is not named', async () => {
    const mail = ['--email', 'duty@example.org', 'boss@example.org', '--from', 'carillon@example.org'];
    const put = async (...words: string[]) =>
      ((await bed.json('channel', 'put', 'duty', ...words)) as { channel: unknown }).channel;
    const expected = {
      kind: 'email',
      about: '',
      host: 'mail.example.org',
      port: 587,
      tls: 'starttls',
      from: 'carillon@example.org',
      to: ['duty@example.org', 'boss@example.org'],
      paused: false,
    };
    expect(await put(...mail, '--smtp', 'mail.example.org')).toEqual(expected);
    expect((await bed.carillon(['channel', 'list'])).out).toMatch(/duty +duty@example\.org \+1 +-/);
    expect(await put('--tls', 'tls')).toEqual({ ...expected, tls: 'tls', port: 465 });
    const login = { user: 'carillon', secret: 'mail-key' };
    const signed = { ...expected, tls: 'tls', port: 2465, login };
    expect(await put('--smtp', 'mail.example.org:2465', '--user', 'carillon', '--password', 'mail-key')).toEqual(
      signed,
    );
    expect((await bed.carillon(['channel', 'list'])).out).toContain('login mail-key');
    expect(await put('--about', 'On duty')).toEqual({ ...signed, about: 'On duty' });
    const own = await put('--unproven', '--tls', 'none', '--smtp', '[::1]:25');
    expect(own).toEqual({ ...expected, about: 'On duty', host: '::1', port: 25, tls: 'none' });
  });

  const MAIL = ['--email', 'a@example.org', '--from', 'b@example.org', '--smtp', 'mail.example.org'];
  test.each([
    [['channel', 'put', 'new'], '--url'],
    [['channel', 'put', 'new', '--email', 'a@example.org'], '--smtp'],
    [['channel', 'put', 'new', ...MAIL, '--url', URL_OF_OPS], 'one of --url and --email'],
    [['channel', 'put', 'new', ...MAIL, '--tls', 'maybe'], 'tls, starttls, none'],
    [['channel', 'put', 'new', ...MAIL, '--tls', 'none'], 'on the machine itself'],
    [['channel', 'put', 'new', ...MAIL, '--user', 'a'], 'go together'],
    [['channel', 'put', 'new', ...MAIL, '--user', 'a', '--unproven'], 'or --unproven'],
    [['channel', 'put', 'new', ...MAIL, '--from', 'nobody'], 'name@example.org'],
    [['channel', 'put', 'new', '--url', URL_OF_OPS, '--hmac', 'a', '--bearer', 'b'], 'one of --hmac'],
    [['channel', 'put', 'new', '--url', URL_OF_OPS, '--pause', '--resume'], 'one of --pause'],
    [['channel', 'put', 'new', '--url', 'https://user:word@chat.test/'], 'use a secret'],
    [['channel', 'put', 'new', '--url', 'http://chat.test/', '--bearer', 'a'], 'https'],
  ])('%j is refused', async (words, why) => {
    expect(await bed.carillon(words)).toMatchObject({ code: 2, error: expect.stringContaining(why) as string });
  });
});
