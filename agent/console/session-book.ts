/**
 * Who has opened the console in a browser. A login link carries a code that is good once and for some minutes; the page
 * trades it for a session, whose token it sends from then on. Of tokens and codes only digests are held here, so that
 * the file which keeps sessions over a restart opens nothing to whoever reads it.
 *
 *   code ──redeem──► session ──check, check, …──► expired (unused for hours, or days old) or ended by a person
 */
import { createHash, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { LIMITS, TIMES } from '../../core/config/constants.ts';

export interface BrowserSession {
  /** Names the session; opens nothing. */
  readonly id: string;
  /** SHA-256 of its token, base64url. */
  readonly digest: string;
  /** Epoch milliseconds, like all instants here. */
  readonly createdAt: number;
  readonly usedAt: number;
}

export const browserSessionsSchema = z.array(
  z.strictObject({
    id: z.string().regex(/^[\w-]{8}$/),
    digest: z.string().regex(/^[\w-]{43}$/),
    createdAt: z.number(),
    usedAt: z.number(),
  }),
);

const SECRET_BYTES = 32;
const ID_BYTES = 6;

export class SessionBook {
  /** By the digest of the code: when it expires. */
  readonly #codes = new Map<string, number>();
  /** By the digest of the token. */
  readonly #sessions = new Map<string, BrowserSession>();
  readonly #now: () => number;

  /** @param now epoch milliseconds. @param sessions of an earlier life of the agent. */
  constructor(now: () => number, sessions: readonly BrowserSession[] = []) {
    this.#now = now;
    for (const session of sessions) this.#sessions.set(session.digest, session);
    this.#forgetExpired();
  }

  /** Sessions that are good now, the oldest first. */
  get sessions(): readonly BrowserSession[] {
    this.#forgetExpired();
    return [...this.#sessions.values()];
  }

  /** A code for one login link. Of too many codes the oldest are forgotten. */
  makeCode(): { readonly code: string; readonly expiresAt: number } {
    this.#forgetExpired();
    dropOldest(this.#codes, LIMITS.loginCodes - 1);
    const code = randomBytes(SECRET_BYTES).toString('base64url');
    const expiresAt = this.#now() + TIMES.loginCodeMs;
    this.#codes.set(digestOf(code), expiresAt);
    return { code, expiresAt };
  }

  /** The token of a new session for a code that is good; the code is good no more. Of too many the oldest ends. */
  redeem(code: string): string | undefined {
    this.#forgetExpired();
    if (!this.#codes.delete(digestOf(code))) return undefined;
    dropOldest(this.#sessions, LIMITS.consoleSessions - 1);
    const token = randomBytes(SECRET_BYTES).toString('base64url');
    const now = this.#now();
    const session = {
      id: randomBytes(ID_BYTES).toString('base64url'),
      digest: digestOf(token),
      createdAt: now,
      usedAt: now,
    };
    this.#sessions.set(session.digest, session);
    return token;
  }

  /** Whether a token is that of a session that is good; this counts as its use. */
  check(token: string): boolean {
    const session = this.#sessions.get(digestOf(token));
    if (session === undefined) return false;
    if (this.#isExpired(session)) {
      this.#sessions.delete(session.digest);
      return false;
    }
    this.#sessions.set(session.digest, { ...session, usedAt: this.#now() });
    return true;
  }

  /** False when there is no such session. */
  end(id: string): boolean {
    const session = [...this.#sessions.values()].find((candidate) => candidate.id === id);
    return session !== undefined && this.#sessions.delete(session.digest);
  }

  /** Ends all sessions, and forgets all codes. */
  endAll(): void {
    this.#sessions.clear();
    this.#codes.clear();
  }

  #forgetExpired(): void {
    const now = this.#now();
    for (const [digest, expiresAt] of this.#codes) if (expiresAt <= now) this.#codes.delete(digest);
    for (const session of this.#sessions.values()) if (this.#isExpired(session)) this.#sessions.delete(session.digest);
  }

  #isExpired(session: BrowserSession): boolean {
    return this.#now() >= expiryOf(session);
  }
}

/** When a session ends by itself, if it is not used before: epoch milliseconds. */
export function expiryOf({ createdAt, usedAt }: BrowserSession): number {
  return Math.min(usedAt + TIMES.sessionIdleMs, createdAt + TIMES.sessionMs);
}

/** What is looked up by a digest takes a time that tells nothing of the secret itself. */
function digestOf(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url');
}

function dropOldest(map: Map<string, unknown>, most: number): void {
  for (const key of map.keys()) {
    if (map.size <= most) return;
    map.delete(key);
  }
}
