/**
 * Whether what came through a socket has the outer form of an oRPC request (its peer protocol: id `i`, type `t`, payload
 * `p`). oRPC itself would print a stack trace for each one that has not; here such a socket is closed instead.
 */

const ABORT = 4;
const EVENT = 3;
const REQUEST = 1;

/** @param data as `ws` gives it. Binary messages carry files, of which the API has none. */
export function isRpcMessage(data: unknown): boolean {
  if (typeof data !== 'string') return false;
  const message = parse(data);
  if (!isRecord(message) || (typeof message['i'] !== 'string' && typeof message['i'] !== 'number')) return false;
  switch (message['t'] ?? REQUEST) {
    case ABORT:
      return true;
    case EVENT:
      return isRecord(message['p']);
    case REQUEST:
      return isRecord(message['p']) && isRequest(message['p']);
    default:
      return false;
  }
}

function isRequest({ u: path, h: headers, m: method }: Record<string, unknown>): boolean {
  if (typeof path !== 'string' || !path.startsWith('/') || path.startsWith('//')) return false;
  if (!URL.canParse(`http://localhost${path}`)) return false;
  return (headers === undefined || isRecord(headers)) && (method === undefined || typeof method === 'string');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
