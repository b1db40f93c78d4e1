/**
 * Performs an HTTP action. The status line, the headers and the body of the last answer go to the output; the action
 * succeeds when the answer is the expected one. Redirects are followed as the Fetch standard says (section 4.4,
 * HTTP-redirect fetch): 303, and 301 and 302 to a POST, become GET; credentials stay with their origin.
 */
import type { ClientRequest, IncomingMessage } from 'node:http';
import { PROCESSES } from '../../config/processes.ts';
import type { ProcessOutcome } from '../../ports/process-runner.ts';
import { messageOf } from './launch-refusal.ts';
import type { RedactedCapture } from './redacted-capture.ts';
import type { PlainHttpAction } from './run-secrets.ts';

export type HttpFailure = NonNullable<ProcessOutcome['failure']>;

interface HttpStep {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  readonly secretHeaders: ReadonlySet<string>;
  readonly secretBody: boolean;
}

const REDIRECT_STATUS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const CREDENTIAL_HEADER = /^(?:authorization|cookie|proxy-authorization)$/i;
const BODY_HEADER = /^(?:content-|transfer-encoding$)/i;

/**
 * @param environment the run's `CARILLON_…` variables, sent as `Carillon-…` headers
 * @returns undefined when the answer was the expected one. Aborting the signal gives a failure as well.
 */
export async function performHttp(
  action: PlainHttpAction,
  environment: Readonly<Record<string, string>>,
  capture: RedactedCapture,
  signal: AbortSignal,
): Promise<HttpFailure | undefined> {
  let step: HttpStep = {
    method: action.method,
    url: new URL(action.url),
    headers: { 'User-Agent': 'Carillon', ...runHeaders(environment), ...action.headers },
    body: action.body,
    secretHeaders: action.secretHeaders,
    secretBody: action.secretBody,
  };
  try {
    for (let redirects = 0; ; redirects += 1) {
      const response = await send(step, signal);
      const next = action.followRedirects ? redirectOf(step, response) : undefined;
      if (next === undefined) return await judge(action, response, capture, signal);
      response.destroy();
      if (redirects >= PROCESSES.httpRedirects) {
        return {
          code: 'HTTP_REQUEST_FAILED',
          text: `more than ${PROCESSES.httpRedirects} redirects, the last to ${origin(next.url)}`,
        };
      }
      step = next;
    }
  } catch (error) {
    return { code: 'HTTP_REQUEST_FAILED', text: `${step.method} ${origin(step.url)}: ${reasonOf(error)}` };
  }
}

/** `CARILLON_FENCING_TOKEN` becomes `Carillon-Fencing-Token`: what is called can refuse a stale run. */
function runHeaders(environment: Readonly<Record<string, string>>): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(environment)) {
    if (!/^CARILLON_[A-Z_]+$/.test(name) || !/^[\x20-\x7e]*$/.test(value)) continue;
    const words = name.toLowerCase().split('_');
    headers[words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('-')] = value;
  }
  return headers;
}

async function send(step: HttpStep, signal: AbortSignal): Promise<IncomingMessage> {
  // Loaded when first needed: most launchers never make a request.
  const { request } = step.url.protocol === 'https:' ? await import('node:https') : await import('node:http');
  const headers = mergeHeaders(step);
  return new Promise((resolve, reject) => {
    const outgoing: ClientRequest = request(step.url, { method: step.method, headers, signal, agent: false });
    outgoing.setTimeout(PROCESSES.httpSilenceMs, () => outgoing.destroy(new Error('no answer for too long')));
    outgoing.once('response', resolve);
    outgoing.once('error', reject);
    outgoing.end(step.body);
  });
}

/** Names are compared without case, the later one wins, as people expect of what they wrote themselves. */
function mergeHeaders(step: HttpStep): Record<string, string> {
  const merged = new Map<string, [string, string]>();
  for (const [name, value] of Object.entries(step.headers)) merged.set(name.toLowerCase(), [name, value]);
  if (step.body !== undefined) merged.set('content-length', ['Content-Length', String(Buffer.byteLength(step.body))]);
  return Object.fromEntries(merged.values());
}

function redirectOf(step: HttpStep, response: IncomingMessage): HttpStep | undefined {
  const status = response.statusCode ?? 0;
  const location = response.headers.location;
  if (!REDIRECT_STATUS.has(status) || location === undefined) return undefined;
  const url = new URL(location, step.url);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw new Error(`redirected to ${url.protocol}`);
  const toGet = status === 303 ? step.method !== 'HEAD' : status < 303 && step.method === 'POST';
  const away = url.origin !== step.url.origin;
  if (away && step.secretBody && !toGet)
    throw new Error(`redirected to ${url.origin}, which is not told the secret body`);
  const stays = (name: string): boolean => CREDENTIAL_HEADER.test(name) || step.secretHeaders.has(name.toLowerCase());
  const kept = Object.entries(step.headers).filter(
    ([name]) => !(away && stays(name)) && !(toGet && BODY_HEADER.test(name)),
  );
  return {
    ...step,
    method: toGet ? 'GET' : step.method,
    url,
    headers: Object.fromEntries(kept),
    body: toGet ? undefined : step.body,
  };
}

/** Writes the answer to the output and compares it with the expectation. */
async function judge(
  action: PlainHttpAction,
  response: IncomingMessage,
  capture: RedactedCapture,
  signal: AbortSignal,
): Promise<HttpFailure | undefined> {
  const status = response.statusCode ?? 0;
  capture.push(Buffer.from(`${headOf(response)}\n`, 'utf8'));
  const finder = new TextFinder(action.expect.bodyContains);
  await readBody(response, capture, finder, signal);
  const wanted = action.expect.status;
  if (!(wanted === undefined ? status >= 200 && status < 300 : wanted.includes(status))) {
    const list = wanted === undefined ? '2xx' : wanted.join(', ');
    return { code: 'HTTP_EXPECTATION_FAILED', text: `the answer was ${status}, expected was ${list}` };
  }
  if (!finder.found) return { code: 'HTTP_EXPECTATION_FAILED', text: 'the body does not contain the expected text' };
  return undefined;
}

function headOf(response: IncomingMessage): string {
  const lines = [`HTTP/${response.httpVersion} ${response.statusCode} ${response.statusMessage ?? ''}`.trimEnd()];
  const raw = response.rawHeaders;
  for (let index = 0; index + 1 < raw.length; index += 2) lines.push(`${raw[index]}: ${raw[index + 1]}`);
  return `${lines.join('\n')}\n`;
}

function readBody(
  response: IncomingMessage,
  capture: RedactedCapture,
  finder: TextFinder,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    capture.addSource(response);
    response.on('data', (chunk: Buffer) => {
      finder.push(chunk);
      capture.push(chunk);
    });
    response.once('end', resolve);
    response.once('error', reject);
    response.once('close', () => {
      capture.removeSource(response);
      reject(
        signal.aborted ? new Error('aborted') : new Error('the connection was closed before the answer was complete'),
      );
    });
  });
}

/** Finds a text in a stream of chunks, also across their borders. Without a text it has been found. */
class TextFinder {
  readonly #wanted: Buffer | undefined;
  #tail: Buffer = Buffer.alloc(0);
  found: boolean;

  constructor(text: string | undefined) {
    this.#wanted = text === undefined || text === '' ? undefined : Buffer.from(text, 'utf8');
    this.found = this.#wanted === undefined;
  }

  push(chunk: Buffer): void {
    if (this.found || this.#wanted === undefined) return;
    const data = Buffer.concat([this.#tail, chunk]);
    this.found = data.includes(this.#wanted);
    this.#tail = data.subarray(Math.max(0, data.length - this.#wanted.length + 1));
  }
}

/** Without user, password and query, which may hold secrets. */
function origin(url: URL): string {
  return `${url.origin}${url.pathname}`;
}

/** A connection that was tried at several addresses fails with all of their errors together. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return messageOf(error.errors[0]);
  return messageOf(error);
}
