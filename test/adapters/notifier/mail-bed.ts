/** A mail server on loopback that takes mail, and answers as told. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { createNotifier } from '../../../core/adapters/notifier/notifier.ts';
import { type EmailChannel, emailChannelSchema } from '../../../core/domain/channel.ts';
import type { Receiver } from '../../conformance/notifier.ts';
import { MAIL_CERTIFICATE, MAIL_KEY } from './mail-certificate.ts';

export interface Mail {
  /** The value of `Carillon-Delivery`. */
  readonly id: string;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
  readonly raw: string;
  readonly to: readonly string[];
  readonly isSecure: boolean;
  readonly user: string | undefined;
}

const HOST = '127.0.0.1';
const RIGHT = { user: 'carillon', password: 'the password of the cluster' };

export class MailReceiver implements Receiver {
  readonly notifier = createNotifier({ mayReach: (address) => address === HOST, authority: MAIL_CERTIFICATE });
  readonly mails: Mail[] = [];
  /** Every command that came, such as `AUTH`. */
  readonly logins: string[] = [];
  readonly #server: SMTPServer;
  #port = 0;
  #status = 250;

  private constructor(options: SMTPServerOptions) {
    this.#server = new SMTPServer({
      key: MAIL_KEY,
      cert: MAIL_CERTIFICATE,
      authOptional: true,
      disableReverseLookup: true,
      onRcptTo: ({ address }, _session, done) => done(address.startsWith('unknown@') ? answer(550) : null),
      onAuth: ({ username = '', password }, _session, done) => {
        this.logins.push(username);
        if (username === RIGHT.user && password === RIGHT.password) return done(null, { user: username });
        done(answer(535, `535 no: ${password}`));
      },
      onData: (stream, session, done) => {
        const chunks: Buffer[] = [];
        stream.on('data', (chunk: Buffer) => chunks.push(chunk));
        stream.on('end', () => {
          const to = session.envelope.rcptTo.map(({ address }) => address);
          const { secure, user } = session as { secure: boolean; user?: string };
          this.mails.push({ ...parsed(Buffer.concat(chunks).toString()), to, isSecure: secure, user });
          done(this.#status === 250 ? null : answer(this.#status));
        });
      },
      ...options,
    });
    // A client that breaks off is part of the tests.
    this.#server.on('error', () => undefined);
  }

  static async open(options: SMTPServerOptions = {}): Promise<MailReceiver> {
    const receiver = new MailReceiver(options);
    const listening = receiver.#server.listen(0, HOST);
    if (!listening.listening) await once(listening, 'listening');
    receiver.#port = (listening.address() as AddressInfo).port;
    return receiver;
  }

  get channel(): EmailChannel {
    return this.channelWith({});
  }

  channelWith(parts: object): EmailChannel {
    const to = ['duty@example.test'];
    const from = 'carillon@example.test';
    return emailChannelSchema.parse({ kind: 'email', host: HOST, port: this.#port, from, to, ...parts });
  }

  answerWith(status: number): void {
    this.#status = status;
  }

  received(): readonly Mail[] {
    return this.mails;
  }

  leave(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => {
        resolve();
      });
    });
  }
}

function answer(responseCode: number, text = 'as the test says'): Error {
  return Object.assign(new Error(text), { responseCode });
}

/** Quoted-printable (RFC 2045 6.7) as people see it. */
function parsed(raw: string): Pick<Mail, 'id' | 'headers' | 'body' | 'raw'> {
  const end = raw.indexOf('\r\n\r\n');
  const lines = raw
    .slice(0, end)
    .replaceAll(/\r\n[ \t]+/g, ' ')
    .split('\r\n');
  const headers = new Map(lines.map((line) => /^([^:]+): ?(.*)$/.exec(line)?.slice(1) as [string, string]));
  const bytes = raw
    .slice(end + 4)
    .replaceAll(/=\r\n/g, '')
    .replaceAll(/=([0-9A-F]{2})/g, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  const encoding = headers.get('Content-Transfer-Encoding');
  const body = encoding === 'quoted-printable' ? Buffer.from(bytes, 'latin1').toString() : raw.slice(end + 4);
  return { id: headers.get('Carillon-Delivery') ?? '', headers, raw, body: body.replaceAll('\r\n', '\n').trimEnd() };
}
