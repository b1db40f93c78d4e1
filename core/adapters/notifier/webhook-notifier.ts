/**
 * Webhooks over HTTP: one POST of JSON, no redirect followed, within `NOTIFICATIONS.answerMs`. The address that a name stands
 * for is judged when it is connected to and not before, so that a name cannot be judged by one address and used by another.
 *
 *   Content-Type: application/json          Carillon-Delivery: id, the same when it is sent again
 *   Carillon-Signature: sha256=HEX          HMAC-SHA256 (RFC 2104) of the body by the channel's secret, or
 *   Authorization: Bearer SECRET
 */
import { createHmac } from 'node:crypto';
import { lookup as lookUp } from 'node:dns';
import { type IncomingMessage, type RequestOptions, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { NOTIFICATIONS } from '../../config/notifications.ts';
import type { WebhookChannel } from '../../domain/channel.ts';
import type { Notifier, NotifyFailure, NotifyRequest } from '../../ports/notifier.ts';
import { err, ok, type Result } from '../../std/result.ts';
import { isReachable } from './reachable-address.ts';

export interface NotifierOptions {
  /** Which addresses may be connected to. */
  readonly mayReach?: (address: string) => boolean;
}

/** Statuses after which the same may be taken later: RFC 9110 15.5.9, RFC 8470, RFC 6585, and all of the server's own. */
const PASSING = new Set([408, 425, 429]);
const NOT_ALLOWED = 'ADDRESS_NOT_ALLOWED';
/** RFC 6750 2.1 and RFC 9110 5.5: what a header can hold, without spaces. */
const HEADER_TOKEN = /^[\x21-\x7e]+$/;

export function createNotifier({ mayReach = isReachable }: NotifierOptions = {}): Notifier {
  return {
    send: (request) => sendWebhook(request.channel, request, mayReach),
  };
}

async function sendWebhook(
  channel: WebhookChannel,
  { id, body, secret }: NotifyRequest,
  mayReach: (address: string) => boolean,
): Promise<Result<string, NotifyFailure>> {
  const url = new URL(channel.url);
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  if (isIP(host) !== 0 && !mayReach(host)) return notAllowed(host);
  const proof = proofHeaders(channel, body, secret);
  if (!proof.ok) return proof;
  const signal = AbortSignal.timeout(NOTIFICATIONS.answerMs);
  const headers = {
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(body),
    'User-Agent': 'Carillon',
    'Carillon-Delivery': id,
    ...proof.value,
  };
  const lookup = judgedLookup(mayReach);
  const options = { method: 'POST', headers, signal, agent: false, lookup, maxHeaderSize: 16 * 1024 } as const;
  try {
    return judge(await post(url, options, body), url);
  } catch (fault) {
    if (codeOf(fault) === NOT_ALLOWED) return notAllowed(host);
    const why = signal.aborted ? `no answer within ${NOTIFICATIONS.answerMs / 1000} s` : wordsOf(fault);
    return failed(`${url.host} could not be reached: ${why}`);
  }
}

/** The status of the answer, once it is read as far as it is. */
function post(url: URL, options: RequestOptions, body: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const send = url.protocol === 'https:' ? requestHttps : requestHttp;
    const request = send(url, options, (answer: IncomingMessage) => {
      let bytes = 0;
      const finish = (): void => {
        resolve(answer.statusCode ?? 0);
        request.destroy();
      };
      answer.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > NOTIFICATIONS.answerBytes) finish();
      });
      answer.on('end', finish);
      answer.on('error', reject);
    });
    request.on('error', reject);
    request.end(body);
  });
}

function judge(status: number, url: URL): Result<string, NotifyFailure> {
  if (status >= 200 && status < 300) return ok(String(status));
  if (status >= 500 || PASSING.has(status)) return failed(`${url.host} answered with status ${status}`);
  const hint = status >= 300 && status < 400 ? ', another address, which is not followed' : '';
  const text = `${url.host} answered with status ${status}${hint}`;
  return err({ code: 'NOTIFICATION_REFUSED', text, retry: false });
}

function proofHeaders(
  { proof }: WebhookChannel,
  body: string,
  secret: Uint8Array | undefined,
): Result<Record<string, string>, NotifyFailure> {
  if (proof === undefined) return ok({});
  if (secret === undefined) return failed(`the secret "${proof.secret}" is not at hand`);
  if (proof.use === 'hmac') {
    return ok({ 'Carillon-Signature': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}` });
  }
  const token = Buffer.from(secret).toString('latin1');
  if (HEADER_TOKEN.test(token)) return ok({ Authorization: `Bearer ${token}` });
  const text = `the secret "${proof.secret}" has characters that a header cannot hold`;
  return err({ code: 'NOTIFICATION_REFUSED', text, retry: false });
}

/** Looks a name up as the system does, and leaves out the addresses that may not be reached. */
function judgedLookup(mayReach: (address: string) => boolean): LookupFunction {
  return (name, options, answer) => {
    lookUp(name, { ...options, all: true }, (fault, found) => {
      if (fault !== null) return answer(fault, []);
      const allowed = found.filter(({ address }) => mayReach(address));
      const [first] = allowed;
      if (first === undefined) return answer(Object.assign(new Error(NOT_ALLOWED), { code: NOT_ALLOWED }), []);
      if (options.all === true) return answer(null, allowed);
      answer(null, first.address, first.family);
    });
  };
}

function notAllowed(host: string): Result<never, NotifyFailure> {
  const text = `${host} is this machine itself, or an address that notifications may not go to`;
  return err({ code: 'NOTIFICATION_REFUSED', text, retry: false });
}

function failed(text: string): Result<never, NotifyFailure> {
  return err({ code: 'NOTIFICATION_FAILED', text, retry: true });
}

function codeOf(fault: unknown): string | undefined {
  return fault instanceof Error && 'code' in fault && typeof fault.code === 'string' ? fault.code : undefined;
}

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nobody listens there',
  ECONNRESET: 'the connection broke',
  EHOSTUNREACH: 'there is no way to it',
  ENETUNREACH: 'there is no way to it',
  ENOTFOUND: 'its name is not known',
  EAI_AGAIN: 'its name could not be looked up now',
  ETIMEDOUT: 'it did not answer',
};

function wordsOf(fault: unknown): string {
  const code = codeOf(fault);
  return WORDS[code ?? ''] ?? code ?? 'the connection failed';
}
