/** Answers of the console that are not the API's own: headers of every answer, and refusals as JSON. */
import type { ServerResponse } from 'node:http';
import { type AppError, errorKind } from '../../core/std/app-error.ts';

const STATUS_BY_KIND = { usage: 400, refused: 409, unavailable: 503, failed: 500 } as const;

/** What protects the page, whichever way it came: no foreign scripts, no framing, no sniffing, no leaking of addresses. */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "worker-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Permissions-Policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
};

export function setSecurityHeaders(response: ServerResponse): void {
  for (const [name, value] of Object.entries(PAGE_HEADERS)) response.setHeader(name, value);
}

/** The HTTP status under which a refusal is answered. */
export function statusOf(error: AppError): number {
  switch (error.code) {
    case 'UNAUTHENTICATED':
      return 401;
    case 'ORIGIN_REFUSED':
    case 'NOT_AUTHORIZED':
      return 403;
    case 'LIMIT_EXCEEDED':
      return 413;
    case 'TOO_MANY_ATTEMPTS':
      return 429;
    default:
      return STATUS_BY_KIND[errorKind(error.code)];
  }
}

/** The body of every refusal, here and in the REST API. */
export function errorBody(error: AppError): { readonly error: AppError } {
  return { error };
}

export function answerError(response: ServerResponse, error: AppError, status = statusOf(error)): void {
  const body = `${JSON.stringify(errorBody(error))}\n`;
  response.writeHead(status, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
    ...(status === 401 ? { 'WWW-Authenticate': 'Bearer' } : {}),
    Connection: 'close',
  });
  response.end(body);
}
