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
        const chunk = chunkOutputOf(run, { data, offset, size: all.length, complete: true }, 'text', host);
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
    const chunk = chunkOutputOf(run, { data, offset: 0, size: 10, complete: false }, 'base64', createFakeApiHost());
    expect(chunk).toMatchObject({ data: 'AP/w', nextOffset: 3, complete: false });
  });

  test('are complete only at the end of a complete output', () => {
    const host = createFakeApiHost();
    const at = (offset: number, complete: boolean): boolean =>
      chunkOutputOf(run, { data: bytes('ab'), offset, size: 4, complete }, 'text', host).complete;
    expect([at(0, true), at(2, true), at(2, false)]).toEqual([false, true, false]);
  });
});
