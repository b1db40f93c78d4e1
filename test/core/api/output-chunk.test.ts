import { describe, expect, test } from 'vitest';
import { chunkOutputOf, wholeCharacters } from '../../../core/api/output-chunk.ts';
import type { RunId } from '../../../core/domain/ids.ts';
import { createFakeApiHost } from '../../fakes/api-host.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const run = 'a'.repeat(20) as RunId;

describe('pieces of output as text', () => {
  test('end between characters, wherever the bytes were cut', () => {
    const host = createFakeApiHost();
    const all = bytes('aé€😀z'.repeat(20));
    for (let size = 4; size < 40; size += 1) {
      let offset = 0;
      let text = '';
      while (offset < all.length) {
        const data = all.slice(offset, offset + size);
        const chunk = chunkOutputOf(
          run,
          { data, offset, size: all.length, complete: true },
          { encoding: 'text' },
          host,
        );
        expect(chunk.nextOffset).toBeGreaterThan(offset);
        text += chunk.data;
        offset = chunk.nextOffset;
      }
      expect(text).toBe('aé€😀z'.repeat(20));
    }
  });

  test('get on through bytes that are no text', () => {
    expect(wholeCharacters(new Uint8Array([0x80, 0x80, 0x80, 0x80, 0x80]))).toBe(5);
    expect(wholeCharacters(new Uint8Array([0xf0]))).toBe(1);
    expect(wholeCharacters(new Uint8Array([0x41, 0xf0, 0x9f]))).toBe(1);
  });

  test('are exact in base64', () => {
    const data = new Uint8Array([0, 255, 0xf0]);
    const whole = { data, offset: 0, size: 10, complete: false };
    const chunk = chunkOutputOf(run, whole, { encoding: 'base64' }, createFakeApiHost());
    expect(chunk).toMatchObject({ data: 'AP/w', nextOffset: 3, complete: false });
  });

  test('are complete only at the end of a complete output', () => {
    const host = createFakeApiHost();
    const at = (offset: number, complete: boolean): boolean =>
      chunkOutputOf(run, { data: bytes('ab'), offset, size: 4, complete }, { encoding: 'text' }, host).complete;
    expect([at(0, true), at(2, true), at(2, false)]).toEqual([false, true, false]);
  });

  test('tell what was written to standard error: in characters of a text, in bytes otherwise', () => {
    const host = createFakeApiHost();
    const data = bytes('é😀éx');
    const chunk = { data, offset: 0, size: data.length, complete: true, errors: [[2, 8]] as const };
    expect(chunkOutputOf(run, chunk, { encoding: 'text' }, host)).toMatchObject({ data: 'é😀éx', errors: [[1, 4]] });
    expect(chunkOutputOf(run, chunk, { encoding: 'base64' }, host)).toMatchObject({ errors: [[2, 8]] });
  });

  test('hold one stream alone where that is asked for, and are read on behind both', () => {
    const host = createFakeApiHost();
    const data = bytes('outERRoutER');
    const errors = [
      [3, 6],
      [9, 11],
    ] as const;
    const chunk = { data, offset: 0, size: 20, complete: false, errors };
    const all = { nextOffset: 11, size: 20 };
    expect(chunkOutputOf(run, chunk, { encoding: 'text', stream: 'stdout' }, host)).toMatchObject({
      ...all,
      data: 'outout',
      errors: [],
    });
    expect(chunkOutputOf(run, chunk, { encoding: 'text', stream: 'stderr' }, host)).toMatchObject({
      ...all,
      data: 'ERRER',
      errors: [
        [0, 3],
        [3, 5],
      ],
    });
    const exact = chunkOutputOf(run, chunk, { encoding: 'base64', stream: 'stderr' }, host);
    expect([atob(exact.data), exact.nextOffset]).toEqual(['ERRER', 11]);
  });
});
