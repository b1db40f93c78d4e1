/**
 * What opens the console: the token of this data folder, for programs of this user on this machine; login codes and the
 * sessions of browsers. Whoever offers something else is counted: beyond some wrong keys a minute, wrong keys are not
 * even looked at, while right ones go on being good.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { ConsoleAccess, ConsoleSession } from '../../core/api/api-host.ts';
import { LIMITS } from '../../core/config/constants.ts';
import type { Logger } from '../../core/ports/logger.ts';
import { loadOrMakeToken, renewToken } from './console-file.ts';
import { loadSessions, saveSessions } from './session-file.ts';
import { type BrowserSession, SessionBook, expiryOf } from './session-book.ts';

export interface ConsoleKeysOptions {
  readonly dataFolder: string;
  readonly logger: Logger;
  /** Epoch milliseconds. */
  now(): number;
}

/** Where a request came in: from this machine, or (over TLS) from the network. */
export type DoorKind = 'loopback' | 'network';

/** How it was tried to get in, and that it failed. */
export type Refused = 'wrong' | 'too-many';

/** Uses of sessions are kept at the latest after this. */
const SAVE_MS = 10 * 60_000;
const FAILURES_WINDOW_MS = 60_000;

export class ConsoleKeys implements ConsoleAccess {
  #token: string;
  readonly #book: SessionBook;
  readonly #options: ConsoleKeysOptions;
  #savedAt: number;
  #failures = { since: 0, count: 0 };
  #origins: readonly string[] = [];
  #onNewToken: (token: string) => Promise<void> = async () => undefined;
  #onEnded: () => void = () => undefined;

  private constructor(options: ConsoleKeysOptions, token: string, sessions: readonly BrowserSession[]) {
    this.#options = options;
    this.#token = token;
    this.#book = new SessionBook(() => options.now(), sessions);
    this.#savedAt = options.now();
  }

  static async open(options: ConsoleKeysOptions): Promise<ConsoleKeys> {
    const { dataFolder, logger } = options;
    return new ConsoleKeys(options, await loadOrMakeToken(dataFolder, logger), await loadSessions(dataFolder));
  }

  get token(): string {
    return this.#token;
  }

  /** @param origins of all doors, the one on loopback first, such as `http://127.0.0.1:7420`. */
  openedAt(origins: readonly string[]): void {
    this.#origins = origins;
  }

  /** @param tell is given each new token for programs. @param ended is called when sessions ended before their time. */
  onChange(tell: (token: string) => Promise<void>, ended: () => void): void {
    this.#onNewToken = tell;
    this.#onEnded = ended;
  }

  /** Undefined when the key is good at that door. The token for programs never leaves this machine. */
  refuses(offered: string, door: DoorKind): Refused | undefined {
    if (!this.isGood(offered, door)) return this.#countFailure();
    this.#saveLater();
    return undefined;
  }

  /** Whether a key is good at a door; this counts as its use. */
  isGood(offered: string, door: DoorKind): boolean {
    return (door === 'loopback' && sameText(offered, this.#token)) || this.#book.check(offered);
  }

  /** The token of a new session, for the code of a login link. */
  redeem(code: string): { readonly session: string } | { readonly refused: Refused } {
    const session = this.#book.redeem(code);
    if (session === undefined) return { refused: this.#countFailure() };
    this.#options.logger.log('info', 'a browser was let in', { sessions: this.#book.sessions.length });
    void this.save();
    return { session };
  }

  loginLinks(): { readonly urls: readonly string[]; readonly expiresAt: number } {
    const { code, expiresAt } = this.#book.makeCode();
    return { urls: this.#origins.map((origin) => `${origin}/#code=${code}`), expiresAt };
  }

  sessions(): readonly ConsoleSession[] {
    return this.#book.sessions.map((session) => {
      const { id, createdAt, usedAt } = session;
      return { id, createdAt, usedAt, expiresAt: expiryOf(session) };
    });
  }

  endSession(id: string): boolean {
    const ended = this.#book.end(id);
    if (ended) this.#haveEnded();
    return ended;
  }

  endAllSessions(): number {
    const count = this.#book.sessions.length;
    this.#book.endAll();
    this.#haveEnded();
    return count;
  }

  async renewToken(): Promise<void> {
    this.#token = await renewToken(this.#options.dataFolder);
    await this.#onNewToken(this.#token);
    this.endAllSessions();
  }

  /** Keeps the sessions for the next life. */
  async save(): Promise<void> {
    this.#savedAt = this.#options.now();
    const fault = await saveSessions(this.#options.dataFolder, this.#book.sessions);
    if (fault !== undefined) this.#options.logger.log('warn', 'sessions of browsers were not kept', { reason: fault });
  }

  #haveEnded(): void {
    this.#onEnded();
    void this.save();
  }

  #saveLater(): void {
    if (this.#options.now() - this.#savedAt > SAVE_MS) void this.save();
  }

  #countFailure(): Refused {
    const now = this.#options.now();
    if (now - this.#failures.since >= FAILURES_WINDOW_MS) this.#failures = { since: now, count: 0 };
    this.#failures.count += 1;
    if (this.#failures.count === LIMITS.wrongKeysPerMinute) {
      this.#options.logger.log('warn', 'many wrong keys were offered to the console', {
        count: LIMITS.wrongKeysPerMinute,
      });
    }
    return this.#failures.count > LIMITS.wrongKeysPerMinute ? 'too-many' : 'wrong';
  }
}

/** Compares in a time that does not depend on where the texts differ, nor on their lengths. */
function sameText(left: string, right: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(left), digest(right));
}
