/** Key files that a keyring wraps: made so, moved in both ways, closed to whoever has not the key. */
import { chmodSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isKeyWrapped, loadOrCreateKey } from '../../core/adapters/keys/key-file.ts';
import { type KeyWrap, unwrapBytes, wrapBytes } from '../../core/adapters/keys/key-wrap.ts';
import { isSealingKeyWrapped, loadOrCreateSealer } from '../../core/adapters/keys/sealing.ts';

const KEY = new Uint8Array(32).fill(7);
const OTHER = new Uint8Array(32).fill(8);

function wrap(use: KeyWrap['use'], key = KEY): KeyWrap {
  return { key, use };
}

describe('wrapped bytes', () => {
  const plain = new Uint8Array(32).fill(1);

  it('come back under the same key and name alone', () => {
    const text = wrapBytes(plain, KEY, 'key');
    expect(unwrapBytes(text, KEY, 'key')).toEqual(plain);
    expect(unwrapBytes(text, OTHER, 'key')).toBeUndefined();
    expect(unwrapBytes(text, KEY, 'sealing-key')).toBeUndefined();
    expect(text).not.toBe(wrapBytes(plain, KEY, 'key'));
  });

  it('do not come back when any character was changed, lost or added', () => {
    const text = wrapBytes(plain, KEY, 'key');
    for (let at = 0; at < text.length; at += 1) {
      const changed = text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1);
      expect(unwrapBytes(changed, KEY, 'key')).toBeUndefined();
      expect(unwrapBytes(text.slice(0, at), KEY, 'key')).toBeUndefined();
    }
    expect(unwrapBytes(`${text}A`, KEY, 'key')).toBeUndefined();
  });
});

describe('a key file of a host with a keyring', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'carillon-wrap-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const read = (given?: KeyWrap): string => {
    const loaded = loadOrCreateKey(folder, given);
    return loaded.ok ? loaded.value.signer.self : loaded.error.code;
  };
  const text = (): string => readFileSync(join(folder, 'key'), 'utf8');

  it('is wrapped when it is made, and holds nothing of the key that could be read', () => {
    const made = loadOrCreateKey(folder, wrap('new'));
    expect(made.ok && made.value.created).toBe(true);
    expect(text()).toMatch(/^carillon-key-1 wrapped-by:keyring [\w-]+\n$/);
    if (made.ok) expect(text()).not.toContain(Buffer.from(made.value.seed).toString('base64url'));
    expect(isKeyWrapped(folder)).toBe(true);
    expect(statSync(join(folder, 'key')).mode & 0o777).toBe(0o600);
    expect(read(wrap('new'))).toBe(made.ok ? made.value.signer.self : '');
  });

  it('stays as it was made, unless it is to be moved', () => {
    expect(isKeyWrapped(folder)).toBeUndefined();
    const id = read();
    expect(read(wrap('new'))).toBe(id);
    expect(isKeyWrapped(folder)).toBe(false);
  });

  it('is moved there and back, and is the same key; no draft is left', () => {
    const id = read();
    expect([read(wrap('all')), isKeyWrapped(folder)]).toEqual([id, true]);
    const wrapped = text();
    expect([read(wrap('all')), text()]).toEqual([id, wrapped]);
    expect([read(wrap('none')), isKeyWrapped(folder)]).toEqual([id, false]);
    expect(read()).toBe(id);
    expect(readdirSync(folder)).toEqual(['key']);
  });

  it('is refused to a program without the keyring, which says what to do', () => {
    read(wrap('new'));
    const before = text();
    const refused = loadOrCreateKey(folder);
    expect(refused.ok ? '' : refused.error).toMatchObject({
      code: 'KEY_UNREADABLE',
      message: expect.stringContaining('wrapped by the keyring'),
      advice: expect.stringContaining('Keep keys in the keyring'),
    });
    expect(text()).toBe(before);
  });

  it.each(['new', 'all', 'none'] as const)('is neither opened nor replaced by another keyring (%s)', (use) => {
    read(wrap('new'));
    const before = text();
    expect(read(wrap(use, OTHER))).toBe('KEY_UNREADABLE');
    expect(text()).toBe(before);
  });

  it('is refused when it is damaged, or put in the place of the other', async () => {
    read(wrap('new'));
    expect((await loadOrCreateSealer(folder, wrap('new'))).ok).toBe(true);
    expect(isSealingKeyWrapped(folder)).toBe(true);
    const whole = text();
    const sealing = readFileSync(join(folder, 'sealing-key'), 'utf8').replace(
      'carillon-sealing-key-1',
      'carillon-key-1',
    );
    for (const line of [
      whole.slice(0, -3),
      'carillon-key-1 wrapped-by:keyring \n',
      whole.replace('keyring', 'x'),
      sealing,
    ]) {
      writeFileSync(join(folder, 'key'), line);
      expect(read(wrap('new'))).toBe('KEY_UNREADABLE');
    }
  });

  it.skipIf(process.platform === 'win32' || process.getuid?.() === 0)(
    'stays as it was where it cannot be moved',
    () => {
      const id = read();
      chmodSync(folder, 0o500);
      try {
        expect([read(wrap('all')), isKeyWrapped(folder)]).toEqual([id, false]);
      } finally {
        chmodSync(folder, 0o700);
      }
    },
  );
});
