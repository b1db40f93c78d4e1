import { describe, expect, test } from 'vitest';
import { SessionBook, browserSessionsSchema } from '../../agent/console/session-book.ts';
import { LIMITS, TIMES } from '../../core/config/constants.ts';

function setUp(sessions?: ConstructorParameters<typeof SessionBook>[1]) {
  const clock = { now: 1_800_000_000_000 };
  const book = new SessionBook(() => clock.now, sessions);
  const login = (): string => book.redeem(book.makeCode().code) ?? expect.fail('the code is not good');
  return { book, clock, login };
}

describe('a login code', () => {
  test('is good once', () => {
    const { book } = setUp();
    const { code } = book.makeCode();
    expect(book.check(code), 'a code is no session').toBe(false);
    expect(book.redeem(code)).toMatch(/^[\w-]{43}$/);
    expect(book.redeem(code)).toBeUndefined();
    expect(book.redeem('guessed')).toBeUndefined();
  });

  test('is good for some minutes only', () => {
    const { book, clock } = setUp();
    const early = book.makeCode();
    clock.now += TIMES.loginCodeMs - 1;
    const late = book.makeCode();
    clock.now += 1;
    expect([book.redeem(early.code), book.redeem(late.code) !== undefined]).toEqual([undefined, true]);
  });

  test('makes the oldest bad when there are too many', () => {
    const { book } = setUp();
    const codes = Array.from({ length: LIMITS.loginCodes + 1 }, () => book.makeCode().code);
    expect(book.redeem(codes[0] ?? '')).toBeUndefined();
    expect(book.redeem(codes[1] ?? '')).toBeDefined();
  });
});

describe('a session', () => {
  test('lives as long as it is used, and no longer than a week', () => {
    const { book, clock, login } = setUp();
    const [used, unused] = [login(), login()];
    for (let elapsedMs = 0; elapsedMs < TIMES.sessionMs - TIMES.sessionIdleMs; elapsedMs += TIMES.sessionIdleMs - 1) {
      expect(book.check(used)).toBe(true);
      clock.now += TIMES.sessionIdleMs - 1;
    }
    expect(book.check(unused)).toBe(false);
    expect(book.check(used)).toBe(true);
    clock.now += TIMES.sessionIdleMs - 1;
    expect(book.check(used)).toBe(false);
    expect(book.sessions).toEqual([]);
  });

  test('is ended by its name alone, or with all others', () => {
    const { book, login } = setUp();
    const tokens = [login(), login(), login()];
    expect(book.end(book.sessions[1]?.id ?? '')).toBe(true);
    expect(tokens.map((token) => book.check(token))).toEqual([true, false, true]);
    expect(book.end('nothing')).toBe(false);
    const { code } = book.makeCode();
    book.endAll();
    expect(tokens.some((token) => book.check(token))).toBe(false);
    expect(book.redeem(code), 'codes that were given out are bad too').toBeUndefined();
  });

  test('goes on in the next life, of which only digests are kept', () => {
    const { book, login } = setUp();
    const token = login();
    const kept = browserSessionsSchema.parse(JSON.parse(JSON.stringify(book.sessions)));
    expect(JSON.stringify(kept)).not.toContain(token);
    expect(setUp(kept).book.check(token)).toBe(true);
  });

  test('gives way to newer ones when there are too many', () => {
    const { book, login } = setUp();
    const tokens = Array.from({ length: LIMITS.consoleSessions + 1 }, login);
    expect(book.sessions).toHaveLength(LIMITS.consoleSessions);
    expect([book.check(tokens[0] ?? ''), book.check(tokens[1] ?? '')]).toEqual([false, true]);
  });
});
