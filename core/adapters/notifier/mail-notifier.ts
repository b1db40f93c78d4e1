/**
 * Mail by SMTP submission (RFC 5321, RFC 6409), through nodemailer: one connection, one message, within `NOTIFICATIONS.mailMs`.
 * The connection is made here and not by the library, so that the address that a name stands for is judged where it is
 * connected to. Certificates are verified, whatever the environment says. What is sent again has the same `Message-ID`.
 */
import { connect, isIP, type Socket } from 'node:net';
import { createTransport, type NodemailerError } from 'nodemailer';
import { NOTIFICATIONS } from '../../config/notifications.ts';
import type { EmailChannel } from '../../domain/channel.ts';
import type { NotifyFailure, NotifyRequest } from '../../ports/notifier.ts';
import { ok, type Result } from '../../std/result.ts';
import { judgedLookup } from './reachable-address.ts';
import { codeOf, failed, NOT_ALLOWED, notAllowed, refused, wordsOf } from './send-failure.ts';

export interface MailOptions {
  readonly mayReach: (address: string) => boolean;
  /** The same without TLS. */
  readonly mayReachInTheOpen: (address: string) => boolean;
  /** A certificate (PEM) that is trusted instead of those of the system. */
  readonly authority: string | undefined;
}

/** Characters of an answer that people are told. */
const ANSWER_LENGTH = 200;
/** RFC 5321 4.2.1: negative for good. */
const FOR_GOOD = 500;

/** Hands a mail to the server of its channel. The value is the code of the answer, and who was not taken. */
export async function sendMail(
  channel: EmailChannel,
  { id, subject, body, secret }: NotifyRequest,
  options: MailOptions,
): Promise<Result<string, NotifyFailure>> {
  const { host, from, to, login } = channel;
  if (login !== undefined && secret === undefined) return failed(`the secret "${login.secret}" is not at hand`);
  const mayReach = channel.tls === 'none' ? options.mayReachInTheOpen : options.mayReach;
  if (isIP(host) !== 0 && !mayReach(host)) return notAllowed(host);
  const signal = AbortSignal.timeout(NOTIFICATIONS.mailMs);
  let socket: Socket | undefined;
  try {
    socket = await connected(channel, mayReach, signal);
    const connection = socket;
    const transport = createTransport({
      ...securityOf(channel, options.authority),
      ...(login === undefined ? {} : { auth: { user: login.user, pass: Buffer.from(secret ?? []).toString('utf8') } }),
      host,
      port: channel.port,
      getSocket: (_options, use) => use(null, { connection }),
      connectionTimeout: NOTIFICATIONS.mailMs,
      greetingTimeout: NOTIFICATIONS.mailMs,
      socketTimeout: NOTIFICATIONS.mailMs,
      maxResponseSize: NOTIFICATIONS.mailAnswerBytes,
      disableFileAccess: true,
      disableUrlAccess: true,
    });
    const sent = await transport.sendMail({
      from,
      to: [...to],
      subject,
      text: body,
      textEncoding: 'quoted-printable',
      messageId: `<${id}@${from.slice(from.lastIndexOf('@') + 1)}>`,
      headers: { 'Auto-Submitted': 'auto-generated', 'Carillon-Delivery': id },
      signal,
    });
    return ok(answered(sent.response, sent.rejected));
  } catch (fault) {
    if (signal.aborted) return failed(`${host} has not taken it within ${NOTIFICATIONS.mailMs / 1000} s`);
    return judge(fault, host);
  } finally {
    socket?.destroy();
  }
}

function connected(
  { host, port }: EmailChannel,
  mayReach: (address: string) => boolean,
  signal: AbortSignal,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, lookup: judgedLookup(mayReach), signal });
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      // The library listens as soon as it is given the socket, which is a turn later.
      socket.on('error', () => undefined);
      resolve(socket);
    });
  });
}

function securityOf({ tls }: EmailChannel, authority: string | undefined) {
  const verified = { rejectUnauthorized: true, ...(authority === undefined ? {} : { ca: authority }) };
  if (tls === 'none') return { secure: false, ignoreTLS: true };
  return { secure: tls === 'tls', requireTLS: true, tls: verified };
}

/** Such as `250`, or `250, but not for a@example.org`. */
function answered(response: string, rejected: readonly string[]): string {
  const code = /^\d{3}/.exec(response)?.[0] ?? '250';
  return rejected.length === 0 ? code : `${code}, but not for ${rejected.join(', ')}`;
}

function judge(fault: unknown, host: string): Result<never, NotifyFailure> {
  const {
    responseCode,
    response = '',
    command,
    originalCode,
  }: NodemailerError = fault instanceof Error ? fault : new Error();
  const code = codeOf(fault);
  if (code === NOT_ALLOWED) return notAllowed(host);
  if (code === 'ETLS') return failed(`${host} offers no safe connection: ${tlsWords(fault)}`);
  if (responseCode !== undefined) {
    // What is said to a login may hold it; what is said to the rest tells people why.
    const words = code === 'EAUTH' || command?.startsWith('AUTH') === true ? 'the login was refused' : plain(response);
    const text = `${host} answered ${responseCode}: ${words}`;
    return responseCode >= FOR_GOOD ? refused(text) : failed(text);
  }
  if (code === 'EAUTH' || code === 'ENOAUTH') return refused(`${host} takes no such login`);
  return failed(`${host} could not be reached: ${wordsOf(originalCode ?? code)}`);
}

function tlsWords(fault: unknown): string {
  const code = fault instanceof Error && 'originalCode' in fault ? String(fault.originalCode) : undefined;
  return code === undefined ? 'it does not do what TLS asks for' : wordsOf(code);
}

/** On one line and short: it comes from outside. */
function plain(response: string): string {
  return response
    .replace(/^\d{3}[ -]?/, '')
    .replaceAll(/[\s\p{Cc}]+/gu, ' ')
    .slice(0, ANSWER_LENGTH);
}
