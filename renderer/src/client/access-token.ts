/**
 * The key of this page. A login link holds a code (`#code=…`), which is taken out of the address before anything is
 * shown, and traded for a session; a code is good once, so that what is left of it in a history opens nothing. The
 * session is kept for this origin, so that other tabs have it too.
 */

const STORAGE_KEY = 'carillon.session';
const CODE_IN_HASH = /^#(?:.*&)?code=([A-Za-z0-9_-]{1,256})/;

/** What is needed of the browser; tests bring their own. */
export interface LoginPlace {
  readonly location: Pick<Location, 'hash' | 'pathname' | 'search'>;
  readonly store: Pick<Storage, 'getItem' | 'setItem'>;
  readonly addresses: Pick<History, 'replaceState'>;
  /** The token of a new session, or undefined when the code is not good. */
  redeem(code: string): Promise<string | undefined>;
}

/** Whether an address holds a code. */
export function holdsCode(hash: string): boolean {
  return CODE_IN_HASH.test(hash);
}

/** The session of the code in the address, else the one this browser already has; undefined when there is none. */
export async function takeAccessToken({ location, store, addresses, redeem }: LoginPlace): Promise<string | undefined> {
  const known = store.getItem(STORAGE_KEY) ?? undefined;
  const code = CODE_IN_HASH.exec(location.hash)?.[1];
  if (code === undefined) return known;
  addresses.replaceState(null, '', location.pathname + location.search);
  const token = await redeem(code);
  if (token === undefined) return known;
  store.setItem(STORAGE_KEY, token);
  return token;
}

/** As long as any other call may take; where nobody listens the answer comes at once. */
const LOGIN_TIMEOUT_MS = 20_000;

/** Asks the agent that served this page. */
export async function redeemCode(code: string): Promise<string | undefined> {
  try {
    const answer = await fetch('/login', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ code }),
      signal: AbortSignal.timeout(LOGIN_TIMEOUT_MS),
    });
    const body = (await answer.json()) as { token?: unknown };
    return answer.ok && typeof body.token === 'string' ? body.token : undefined;
  } catch {
    // Nobody answers: the page says that it has no key, and how to get one.
    return undefined;
  }
}
