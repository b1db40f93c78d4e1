/** Webhooks over real HTTP on loopback, and which addresses they never go to. */
import { createHmac } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { isReachable } from '../../../core/adapters/notifier/reachable-address.ts';
import { createNotifier } from '../../../core/adapters/notifier/notifier.ts';
import { NOTIFICATIONS } from '../../../core/config/notifications.ts';
import { channelSchema } from '../../../core/domain/channel.ts';
import { describeNotifier, HTTP } from '../../conformance/notifier.ts';
import { MemoryNotifier } from '../../fakes/memory-notifier.ts';
import { WebhookReceiver } from './webhook-bed.ts';

const channelAt = (url: string, proof?: object) => channelSchema.parse({ kind: 'webhook', url, proof });

const open: WebhookReceiver[] = [];
const receive = async (): Promise<WebhookReceiver> => {
  const receiver = await WebhookReceiver.open();
  open.push(receiver);
  return receiver;
};
afterEach(async () => {
  for (const receiver of open.splice(0)) await receiver.leave();
});

describeNotifier('webhooks', HTTP, receive);
describeNotifier('memory', HTTP, async () => {
  const notifier = new MemoryNotifier();
  return {
    channel: channelAt('https://receiver.test/hook'),
    notifier,
    received: () => notifier.received,
    answerWith: (status) => {
      notifier.status = status;
    },
    leave: async () => {
      await Promise.resolve();
      notifier.status = undefined;
    },
  };
});

const BODY = '{"text":"failed"}';
const KEY = new TextEncoder().encode('a key of the cluster');

describe('a webhook', () => {
  it('is signed by the secret of its channel, which is nowhere in it', async () => {
    const receiver = await receive();
    const channel = channelAt(receiver.url, { use: 'hmac', secret: 'hook' });
    expect(await receiver.notifier.send({ channel, id: 'a', subject: '', body: BODY, secret: KEY })).toMatchObject({
      ok: true,
    });
    const [arrival] = receiver.arrivals;
    const digest = createHmac('sha256', KEY).update(BODY).digest('hex');
    expect(arrival).toMatchObject({ method: 'POST', path: '/hook?key=hidden', body: BODY });
    expect(arrival?.headers).toMatchObject({
      'carillon-signature': `sha256=${digest}`,
      'content-type': 'application/json',
      'carillon-delivery': 'a',
    });
    expect(JSON.stringify(arrival)).not.toContain('a key of the cluster');
  });

  it('is not sent without the secret that it needs', async () => {
    const receiver = await receive();
    const channel = channelAt(receiver.url, { use: 'hmac', secret: 'hook' });
    const outcome = await receiver.notifier.send({ channel, id: 'a', subject: '', body: BODY, secret: undefined });
    expect(outcome).toMatchObject({ ok: false, error: { code: 'NOTIFICATION_FAILED' } });
    expect(receiver.arrivals).toEqual([]);
  });

  it('takes no bearer secret over http, nor one that a header cannot hold', async () => {
    const proof = { use: 'bearer', secret: 'hook' };
    const open = channelSchema.safeParse({ kind: 'webhook', url: 'http://receiver.test/', proof });
    expect(open.success).toBe(false);
    const channel = channelAt('https://receiver.test/', proof);
    const secret = new TextEncoder().encode('two\r\nlines');
    const outcome = await createNotifier().send({ channel, id: 'a', subject: '', body: BODY, secret });
    expect(outcome).toMatchObject({ ok: false, error: { code: 'NOTIFICATION_REFUSED', retry: false } });
  });

  it('follows no redirect', async () => {
    const receiver = await receive();
    receiver.answerWith(302);
    const outcome = await receiver.notifier.send({
      channel: channelAt(receiver.url),
      id: 'a',
      subject: '',
      body: BODY,
      secret: KEY,
    });
    expect(outcome).toMatchObject({ ok: false, error: { text: expect.stringContaining('not followed') as string } });
    expect(receiver.arrivals).toHaveLength(1);
  });

  it('needs no more of the answer than its beginning', async () => {
    const receiver = await receive();
    receiver.answer = (response) => {
      response.writeHead(200);
      const write = (): void => {
        while (!response.destroyed && response.write('x'.repeat(1024)));
      };
      response.on('drain', write);
      write();
    };
    const channel = channelAt(receiver.url);
    expect(
      await receiver.notifier.send({ channel, id: 'a', subject: '', body: BODY, secret: undefined }),
    ).toMatchObject({
      ok: true,
    });
  });

  it('that changes the protocol instead of an answer has failed, and is not waited for', async () => {
    const receiver = await receive();
    receiver.answer = ({ socket }) =>
      socket?.end('HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: other\r\n\r\n');
    const channel = channelAt(receiver.url);
    const outcome = await receiver.notifier.send({ channel, id: 'a', subject: '', body: BODY, secret: undefined });
    expect(outcome).toMatchObject({ ok: false, error: { code: 'NOTIFICATION_FAILED', retry: true } });
  });

  it('tells of a failure without the part of its address that may be a secret', async () => {
    const receiver = await receive();
    const channel = channelAt(receiver.url);
    receiver.answerWith(404);
    const refused = await receiver.notifier.send({ channel, id: 'a', subject: '', body: BODY, secret: undefined });
    await receiver.leave();
    const failed = await receiver.notifier.send({ channel, id: 'a', subject: '', body: BODY, secret: undefined });
    for (const outcome of [refused, failed]) {
      expect(outcome.ok).toBe(false);
      expect(JSON.stringify(outcome)).not.toContain('hidden');
    }
  });

  it('goes neither to this machine nor to what only its own cable reaches', async () => {
    const receiver = await receive();
    const notifier = createNotifier();
    const hosts = ['127.0.0.1', 'localhost', '[::1]', '[::ffff:127.0.0.1]', '0.0.0.0', '2130706433', '0x7f.1'];
    for (const host of hosts) {
      const channel = channelAt(`http://${host}:${receiver.port}/`);
      const outcome = await notifier.send({ channel, id: 'a', subject: '', body: BODY, secret: undefined });
      expect(outcome, host).toMatchObject({ ok: false, error: { code: 'NOTIFICATION_REFUSED', retry: false } });
    }
    expect(receiver.arrivals).toEqual([]);
  });
});

describe('an address', () => {
  it.each(['192.168.1.7', '10.0.0.3', '172.16.4.4', '100.64.0.1', '203.0.113.9', 'fd00::7', '2001:db8::1'])(
    'of a LAN or of the internet may be told: %s',
    (address) => {
      expect(isReachable(address)).toBe(true);
    },
  );

  it.each([
    ...['127.0.0.1', '127.9.9.9', '0.0.0.0', '169.254.169.254', '224.0.0.1', '255.255.255.255'],
    ...[
      '::',
      '::1',
      'fe80::1',
      'ff02::1',
      '::ffff:127.0.0.1',
      '::ffff:169.254.169.254',
      '64:ff9b::7f00:1',
      '64:ff9b:1::7f00:1',
      '::7f00:1',
    ],
    ...['2002:7f00:1::', 'receiver.test', ''],
  ])('of this machine, its cable or many at once may not: %s', (address) => {
    expect(isReachable(address)).toBe(false);
  });
});

describe('the address of a channel', () => {
  it.each(['ftp://a/', 'file:///etc/passwd', 'https://user:word@a/', 'https://user@a/', 'https://a/#b', 'a', ''])(
    'is refused: %s',
    (url) => {
      expect(channelSchema.safeParse({ kind: 'webhook', url }).success).toBe(false);
    },
  );

  it('is not longer than its limit', () => {
    const url = (length: number): string => `https://a/${'x'.repeat(length - 10)}`;
    const { urlLength } = NOTIFICATIONS;
    expect(channelSchema.safeParse({ kind: 'webhook', url: url(urlLength) }).success).toBe(true);
    expect(channelSchema.safeParse({ kind: 'webhook', url: url(urlLength + 1) }).success).toBe(false);
  });
});
