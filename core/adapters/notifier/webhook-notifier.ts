/**
 * Webhooks over HTTP: one POST of JSON, no redirect followed, within `NOTIFICATIONS.answerMs`. The address that a name stands
 * for is judged when it is connected to and not before, so that a name cannot be judged by one address and used by another.
 *
 *   Content-Type: application/json          Carillon-Delivery: id, the same when it is sent again
 *   Carillon-Signature: sha256=HEX          HMAC-SHA256 (RFC 2104) of the body by the channel's secret, or
 *   Authorization: Bearer SECRET
 */
import { createHmac } from 'node:crypto';
import { type IncomingMessage, type RequestOptions, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP } from 'node:net';
import { NOTIFICATIONS } from '../../config/notifications.ts';
import type { WebhookChannel } from '../../domain/channel.ts';
import type { NotifyFailure, NotifyRequest } from '../../ports/notifier.ts';
import { ok, type Result } from '../../std/result.ts';
import { judgedLookup } from './reachable-address.ts';
import { codeOf, failed, NOT_ALLOWED, notAllowed, refused, wordsOf } from './send-failure.ts';

/** Statuses after which the same may be taken later: RFC 9110 15.5.9, RFC 8470, RFC 6585, and all of the server's own. */
const PASSING = new Set([408, 425, 429]);
/** RFC 6750 2.1 and RFC 9110 5.5: what a header can hold, without spaces. */
const HEADER_TOKEN = /^[\x21-\x7e]+$/;

/** @param mayReach which addresses may be connected to */
export async function sendWebhook(
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
    const why = signal.aborted ? `no answer within ${NOTIFICATIONS.answerMs / 1000} s` : wordsOf(codeOf(fault));
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
    // Whatever else ends it, such as an answer that changes the protocol: nobody waits for what cannot come any more.
    request.on('close', () => {
      reject(new Error('closed without an answer'));
    });
    request.end(body);
  });
}

function judge(status: number, url: URL): Result<string, NotifyFailure> {
  if (status >= 200 && status < 300) return ok(String(status));
  if (status >= 500 || PASSING.has(status)) return failed(`${url.host} answered with status ${status}`);
  const hint = status >= 300 && status < 400 ? ', another address, which is not followed' : '';
  return refused(`${url.host} answered with status ${status}${hint}`);
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
  return refused(`the secret "${proof.secret}" has characters that a header cannot hold`);
}
