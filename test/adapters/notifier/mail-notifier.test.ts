/** Mail by real SMTP on loopback: what arrives, and what is never said in the open or to whom nobody vouches for. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createNotifier } from '../../../core/adapters/notifier/notifier.ts';
import { channelSchema, type EmailChannel } from '../../../core/domain/channel.ts';
import { describeNotifier, SMTP } from '../../conformance/notifier.ts';
import { MailReceiver } from './mail-bed.ts';
import { OTHER_CERTIFICATE } from './mail-certificate.ts';

const closing: (() => Promise<unknown>)[] = [];
type Options = Parameters<typeof MailReceiver.open>[0];
const receive = async (options?: Options): Promise<MailReceiver> => {
  const receiver = await MailReceiver.open(options);
  closing.push(() => receiver.leave());
  return receiver;
};
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

describeNotifier('mail', SMTP, receive);

const PASSWORD = 'the password of the cluster';
const LOGIN = { user: 'carillon', secret: 'mail-key' };
const mailTo = (channel: EmailChannel, secret?: string) => ({
  channel,
  id: 'k3q2',
  subject: 'Home: Nightly backup failed',
  body: 'Home: Nightly backup failed\n  Task: backup\n',
  secret: secret === undefined ? undefined : new TextEncoder().encode(secret),
});

describe('a mail', () => {
  it('comes closed to others, with its subject, and with the same Message-ID when it is sent again', async () => {
    const receiver = await receive();
    await receiver.notifier.send(mailTo(receiver.channel));
    await receiver.notifier.send(mailTo(receiver.channel));
    expect(receiver.mails).toHaveLength(2);
    for (const { headers, isSecure, to, body } of receiver.mails) {
      expect([isSecure, to, body]).toEqual([
        true,
        ['duty@example.test'],
        'Home: Nightly backup failed\n  Task: backup',
      ]);
      expect(Object.fromEntries(headers)).toMatchObject({
        From: 'carillon@example.test',
        To: 'duty@example.test',
        Subject: 'Home: Nightly backup failed',
        'Message-ID': '<k3q2@example.test>',
        'Auto-Submitted': 'auto-generated',
      });
    }
  });

  it('comes by TLS from the first byte where that is asked for', async () => {
    const receiver = await receive({ secure: true });
    const outcome = await receiver.notifier.send(mailTo(receiver.channelWith({ tls: 'tls' })));
    expect(outcome).toEqual({ ok: true, value: '250' });
    expect(receiver.mails).toMatchObject([{ isSecure: true }]);
  });

  it('finds its server by name', async () => {
    const receiver = await receive();
    const outcome = await receiver.notifier.send(mailTo(receiver.channelWith({ host: 'localhost' })));
    expect(outcome).toEqual({ ok: true, value: '250' });
  });

  it('is sent with the password of its channel, which is nowhere in it', async () => {
    const receiver = await receive({ authOptional: false });
    const channel = receiver.channelWith({ login: LOGIN });
    expect(await receiver.notifier.send(mailTo(channel, PASSWORD))).toMatchObject({ ok: true });
    expect(receiver.mails).toMatchObject([{ user: 'carillon' }]);
    expect(receiver.mails[0]?.raw).not.toContain(PASSWORD);
  });

  it('with a wrong password is refused for good, in words that do not hold it', async () => {
    const receiver = await receive();
    const channel = receiver.channelWith({ login: LOGIN });
    const outcome = await receiver.notifier.send(mailTo(channel, 'wrong password'));
    expect(outcome).toMatchObject({ ok: false, error: { code: 'NOTIFICATION_REFUSED', retry: false } });
    expect(JSON.stringify(outcome)).not.toContain('wrong password');
    expect(receiver.mails).toEqual([]);
  });

  it('is not sent without the password that it needs', async () => {
    const receiver = await receive();
    const outcome = await receiver.notifier.send(mailTo(receiver.channelWith({ login: LOGIN })));
    expect(outcome).toMatchObject({ ok: false, error: { code: 'NOTIFICATION_FAILED' } });
    expect([receiver.mails, receiver.logins]).toEqual([[], []]);
  });

  it('says which of several are not taken, and arrives at the others', async () => {
    const receiver = await receive();
    const to = ['duty@example.test', 'unknown@example.test'];
    const outcome = await receiver.notifier.send(mailTo(receiver.channelWith({ to })));
    expect(outcome).toEqual({ ok: true, value: '250, but not for unknown@example.test' });
    const nobody = await receiver.notifier.send(mailTo(receiver.channelWith({ to: ['unknown@example.test'] })));
    expect(nobody).toMatchObject({ ok: false, error: { code: 'NOTIFICATION_REFUSED', retry: false } });
    expect(receiver.mails).toHaveLength(1);
  });
});

describe('what is not closed to others', () => {
  it('says nothing to a server that offers no STARTTLS, neither the mail nor the login', async () => {
    const receiver = await receive({ hideSTARTTLS: true, disabledCommands: ['STARTTLS'], allowInsecureAuth: true });
    const outcome = await receiver.notifier.send(mailTo(receiver.channelWith({ login: LOGIN }), PASSWORD));
    expect(outcome).toMatchObject({ ok: false, error: { code: 'NOTIFICATION_FAILED', retry: true } });
    expect([receiver.mails, receiver.logins]).toEqual([[], []]);
  });

  it.each(['tls', 'starttls'])('says nothing to a server for which nobody vouches: %s', async (tls) => {
    const receiver = await receive({ secure: tls === 'tls' });
    const strict = createNotifier({ mayReach: () => true });
    const outcome = await strict.send(mailTo(receiver.channelWith({ tls, login: LOGIN }), PASSWORD));
    expect(outcome).toMatchObject({
      ok: false,
      error: { retry: true, text: expect.stringContaining('vouches for its certificate') as string },
    });
    expect([receiver.mails, receiver.logins]).toEqual([[], []]);
  });

  it('says nothing to a server whose certificate is for another name', async () => {
    const receiver = await receive({ cert: OTHER_CERTIFICATE });
    const notifier = createNotifier({ mayReach: () => true, authority: OTHER_CERTIFICATE });
    const outcome = await notifier.send(mailTo(receiver.channel));
    expect(outcome).toMatchObject({
      ok: false,
      error: { text: expect.stringContaining('for another name') as string },
    });
    expect(receiver.mails).toEqual([]);
  });

  it('goes to a server on the machine itself alone, which needs no certificate', async () => {
    const receiver = await receive();
    const notifier = createNotifier();
    expect(await notifier.send(mailTo(receiver.channelWith({ tls: 'none' })))).toEqual({ ok: true, value: '250' });
    expect(receiver.mails).toMatchObject([{ isSecure: false }]);
    const elsewhere = { ...receiver.channel, tls: 'none', host: '192.0.2.7' } as const;
    expect(await notifier.send(mailTo(elsewhere))).toMatchObject({ ok: false, error: { retry: false } });
  });

  it('with TLS goes neither to this machine nor to what only its own cable reaches', async () => {
    const receiver = await receive();
    for (const host of ['127.0.0.1', 'localhost', '::1', '169.254.169.254']) {
      const outcome = await createNotifier().send(mailTo(receiver.channelWith({ host })));
      expect(outcome, host).toMatchObject({ ok: false, error: { code: 'NOTIFICATION_REFUSED', retry: false } });
    }
    expect(receiver.mails).toEqual([]);
  });
});

describe('another service than a mail server', () => {
  let heard = '';
  async function listen(greet: (socket: Socket) => void): Promise<EmailChannel> {
    const sockets: Socket[] = [];
    heard = '';
    const server: Server = createServer((socket) => {
      sockets.push(socket);
      socket.on('data', (chunk: Buffer) => (heard += chunk.toString()));
      socket.on('error', () => undefined);
      greet(socket);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    closing.push(async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    });
    const { port } = server.address() as AddressInfo;
    const parts = {
      kind: 'email',
      host: '127.0.0.1',
      port,
      from: 'a@example.test',
      to: ['b@example.test'],
      tls: 'none',
    };
    return channelSchema.parse(parts) as EmailChannel;
  }

  it('hears nothing when it greets as something else', async () => {
    const channel = await listen((socket) => socket.write('SSH-2.0-other\r\n'));
    expect(await createNotifier().send(mailTo(channel))).toMatchObject({ ok: false });
    expect(heard).not.toContain('MAIL FROM');
  });

  it('that closes, or says more than an answer may have, is given up', async () => {
    const closes = await listen((socket) => socket.end());
    expect(await createNotifier().send(mailTo(closes))).toMatchObject({ ok: false, error: { retry: true } });
    const floods = await listen((socket) => socket.write('220-' + 'x'.repeat(1 << 20)));
    expect(await createNotifier().send(mailTo(floods))).toMatchObject({ ok: false });
    expect(heard).toBe('');
  });
});

describe('a channel of mail', () => {
  const parts = { kind: 'email', host: 'mail.example.test', port: 587, from: 'a@example.test', to: ['b@example.test'] };
  it.each([
    ['no recipient', { to: [] }],
    ['too many of them', { to: Array.from({ length: 21 }, (_, number) => `a${number}@example.test`) }],
    ['a name beside an address', { from: 'Carillon <a@example.test>' }],
    ['a line more', { to: ['b@example.test\r\nBcc: c@example.test'] }],
    ['two addresses in one', { to: ['b@example.test,c@example.test'] }],
    ['a host with a path', { host: 'mail.example.test/x' }],
    ['no port', { port: 0 }],
    ['no TLS to another machine', { tls: 'none' }],
    ['no TLS to a name that only begins like this machine', { tls: 'none', host: '127.0.0.1.example.test' }],
    ['a password in the open', { tls: 'none', host: 'localhost', login: LOGIN }],
  ])('is refused with %s', (_what, wrong) => {
    expect(channelSchema.safeParse(parts).success).toBe(true);
    expect(channelSchema.safeParse({ ...parts, ...wrong }).success).toBe(false);
  });
});
