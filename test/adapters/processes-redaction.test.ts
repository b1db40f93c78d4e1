/** Secrets in what a task writes: every form of them is covered, however it is cut, and nothing else is. */
import { describe, expect, it } from 'vitest';
import { MASK, Redaction } from '../../core/adapters/processes/redaction.ts';
import { redactionPatterns } from '../../core/adapters/processes/redaction-patterns.ts';
import { SECRETS } from '../../core/config/constants.ts';

const VALUE = 'pä$$ "word"/1+2';

function redactionOf(...values: string[]): Redaction {
  const redaction = Redaction.of(values);
  if (redaction === undefined) throw new Error('there is nothing to look for');
  return redaction;
}

/** What is left of a text that comes in pieces of so many bytes. */
function inPieces(redaction: Redaction, text: string, size: number): string {
  const stream = redaction.stream();
  const bytes = Buffer.from(text, 'utf8');
  const passed: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += size) passed.push(...stream.push(bytes.subarray(at, at + size)));
  return Buffer.concat([...passed, ...stream.end()]).toString('utf8');
}

describe('redaction', () => {
  const base64 = (text: string): string => Buffer.from(text, 'utf8').toString('base64');

  it.each([
    ['itself', VALUE],
    ['JSON', JSON.stringify(VALUE).slice(1, -1)],
    ['an address', encodeURIComponent(VALUE)],
    ['a form', new URLSearchParams([['', VALUE]]).toString().slice(1)],
    ['base64', base64(VALUE)],
    ['base64 for addresses', Buffer.from(VALUE, 'utf8').toString('base64url')],
    ['hexadecimal digits', Buffer.from(VALUE, 'utf8').toString('hex')],
  ])('covers a value as %s, in pieces of any size', (_form, text) => {
    const redaction = redactionOf(VALUE);
    for (const size of [1, 2, 3, 5, 7, 16, 1000]) {
      expect(inPieces(redaction, `before ${text} after`, size)).toBe(`before ${MASK} after`);
    }
  });

  it('covers a value inside of something longer that became base64, wherever it begins', () => {
    for (const before of ['', 'u', 'us', 'use']) {
      const shown = redactionOf('a-long-password').text(base64(`${before}:a-long-password`));
      expect(shown).toContain(MASK);
      expect(shown.length).toBeLessThan(before.length + MASK.length + 8);
    }
  });

  it('covers lines of a long value by themselves, and broken base64', () => {
    const key = `-----BEGIN KEY-----\n${'abcdefghij'.repeat(6)}\n${'klmnopqrst'.repeat(6)}\n-----END KEY-----`;
    const redaction = redactionOf(key);
    expect(redaction.text(`> ${'klmnopqrst'.repeat(6)}`)).toBe(`> ${MASK}`);
    expect(redaction.text(base64(key).replace(/(.{76})/g, '$1\n'))).toBe(MASK);
  });

  it('passes on what only begins like a value', () => {
    const redaction = redactionOf('secret-value');
    for (const size of [1, 4, 100]) expect(inPieces(redaction, 'secret-valsecret-', size)).toBe('secret-valsecret-');
  });

  it('holds back only what may become a match', () => {
    const stream = redactionOf('secret-value').stream();
    const text = (parts: Buffer[]): string => Buffer.concat(parts).toString('utf8');
    expect(text(stream.push(Buffer.from('prompt: ')))).toBe('prompt: ');
    expect(text(stream.push(Buffer.from('sec')))).toBe('');
    expect(text(stream.push(Buffer.from('ond\n')))).toBe('second\n');
  });

  it('leaves values alone that are found everywhere', () => {
    expect(Redaction.of(['a'.repeat(SECRETS.redactedBytes - 1)])).toBeUndefined();
    expect(Redaction.of(['a'.repeat(SECRETS.redactedBytes)])).toBeDefined();
  });

  it('covers exactly what a slow search finds, also where matches overlap', () => {
    let seed = 7;
    const next = (below: number): number => {
      seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
      return (seed >>> 8) % below;
    };
    const word = (length: number): string => Array.from({ length }, () => 'ab'[next(2)] as string).join('');
    for (let round = 0; round < 2000; round += 1) {
      const values = Array.from({ length: 1 + next(3) }, () => word(6 + next(6)));
      const text = word(60);
      expect(inPieces(redactionOf(...values), text, 1 + next(9)), `${values.join()} in ${text}`).toBe(
        slowly(values, text),
      );
    }
  });

  it('keeps a result JSON, whatever holds the secret', () => {
    const redaction = redactionOf('12345678', 'quoted "value"');
    expect(redaction.json('{"a":["quoted \\"value\\"",{"quoted \\"value\\"":1}],"b":true}')).toBe(
      JSON.stringify({ a: [MASK, { [MASK]: 1 }], b: true }),
    );
    expect(JSON.parse(redaction.json('{"pin":12345678}'))).toBe(MASK);
  });

  it('looks for the pieces of a large value, so that a part of it is found, and little is held', () => {
    const large = Array.from({ length: 6000 }, (_, index) => `${index} `)
      .join('')
      .slice(0, 30_000);
    const patterns = redactionPatterns([large]);
    expect(Math.max(...patterns.map(({ length }) => length))).toBeLessThanOrEqual(512);
    const redaction = redactionOf(large);
    expect(inPieces(redaction, `x${large}y`, 1000)).toBe(`x${MASK}y`);
    expect(redaction.text(large.slice(10_000, 11_000))).toContain(MASK);
  });
});

function slowly(values: readonly string[], text: string): string {
  const covered = new Set<number>();
  for (const pattern of redactionPatterns(values).map((bytes) => bytes.toString('utf8'))) {
    for (let at = text.indexOf(pattern); at >= 0; at = text.indexOf(pattern, at + 1)) {
      for (let index = at; index < at + pattern.length; index += 1) covered.add(index);
    }
  }
  return [...text]
    .map((letter, index) => (covered.has(index) ? (covered.has(index - 1) ? '' : MASK) : letter))
    .join('');
}
