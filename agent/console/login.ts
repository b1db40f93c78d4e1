/** `POST /login`: a page gives the code of its login link, and gets the token of a session. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import { type AppError, appError } from '../../core/std/app-error.ts';
import { wrongKey } from './access.ts';
import type { ConsoleKeys } from './console-keys.ts';
import { answerError, statusOf } from './http-answers.ts';

export const LOGIN_PATH = '/login';

const BODY_BYTES = 1024;
const bodySchema = z.strictObject({ code: z.string().regex(/^[\w-]{1,256}$/) });

/** Answers `{"token"}`; or why not, which is also returned: the code is used up, expired, or was never given. */
export async function answerLogin(
  request: IncomingMessage,
  response: ServerResponse,
  keys: ConsoleKeys,
): Promise<AppError | undefined> {
  response.setHeader('Cache-Control', 'no-store');
  const refuse = (error: AppError, status = statusOf(error)): AppError => {
    answerError(response, error, status);
    return error;
  };
  if (request.method !== 'POST') return refuse(appError('INVALID_INPUT', 'only POST'), 405);
  // A form of another page could send no such type without being asked for leave first, which it does not get.
  if (!/^application\/json\b/i.test(request.headers['content-type'] ?? '')) {
    return refuse(appError('INVALID_INPUT', 'the code comes as application/json'), 415);
  }
  const code = codeOf(await readBody(request));
  if (typeof code !== 'string') return refuse(code);
  const answer = keys.redeem(code);
  if ('refused' in answer) return refuse(wrongKey(answer.refused, 'this login link was used already, or is too old'));
  const body = JSON.stringify({ token: answer.session });
  response.writeHead(200, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
  });
  response.end(body);
  return undefined;
}

function codeOf(body: string | undefined): string | AppError {
  if (body === undefined) return appError('LIMIT_EXCEEDED', `the request is larger than ${BODY_BYTES} bytes`);
  try {
    return bodySchema.parse(JSON.parse(body)).code;
  } catch {
    return appError('INVALID_INPUT', 'the body is not {"code":"…"}');
  }
}

/** Undefined when it is too large. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes > BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
