/** What the core is told of its keys: by what the system offers, what a person chose, and what lies there already. */
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Keyring, keysForCore, whyNoKeyring } from '../../electron/decisions/key-protection.ts';

/** A keyring that is read backwards. @param owner whose it is; another's is refused. */
function keyringOf(owner: string, backend = 'gnome_libsecret', isAvailable = true): Keyring {
  return {
    isEncryptionAvailable: () => isAvailable,
    getSelectedStorageBackend: () => backend,
    encryptString: (plain) => Buffer.from(`${owner}:${[...plain].reverse().join('')}`),
    decryptString: (encrypted) => {
      const [whose, text = ''] = encrypted.toString().split(':');
      if (whose !== owner) throw new Error('this is not yours');
      return [...text].reverse().join('');
    },
  };
}

describe('a keyring', () => {
  it('is none where Electron offers none, or only pretends to', () => {
    expect(whyNoKeyring(keyringOf('me', '', false), 'darwin')).toMatch(/no keyring/);
    expect(whyNoKeyring(keyringOf('me', 'basic_text'), 'linux')).toMatch(/no keyring/);
    expect(whyNoKeyring(keyringOf('me', 'unknown'), 'linux')).toMatch(/no keyring/);
    expect(whyNoKeyring(keyringOf('me', 'kwallet6'), 'linux')).toBeUndefined();
  });

  it('is not asked for its kind but on Linux, where alone it has one', () => {
    const keyring = { ...keyringOf('me'), getSelectedStorageBackend: () => expect.fail('there is none') };
    expect(whyNoKeyring(keyring, 'win32')).toBeUndefined();
  });
});

describe('the keys of the core', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'carillon-protection-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const ask = (keyring: Keyring, wanted?: boolean): ReturnType<typeof keysForCore> =>
    keysForCore(keyring, 'linux', { dataFolder: folder, stateFolder: folder }, wanted);
  const me = keyringOf('me');

  it('are wrapped from the first start on, always by the same key', () => {
    const first = ask(me);
    expect(first).toMatchObject({ use: 'new', key: expect.any(Uint8Array) });
    expect(first.key).toHaveLength(32);
    expect(ask(me).key).toEqual(first.key);
    expect(readdirSync(folder)).toEqual(['keyring-key']);
    expect(statSync(join(folder, 'keyring-key')).mode & 0o777).toBe(0o600);
    const kept = readFileSync(join(folder, 'keyring-key'), 'latin1');
    expect(kept).not.toContain(Buffer.from(first.key ?? []).toString('base64'));
  });

  it('that an agent made are left to it, and the keyring is not asked', () => {
    writeFileSync(join(folder, 'key'), 'an agent’s');
    expect(ask(me)).toEqual({ use: 'new', reason: expect.any(String) });
    expect(readdirSync(folder)).toEqual(['key']);
    expect(ask(me, true)).toMatchObject({ use: 'all', key: expect.any(Uint8Array) });
  });

  it('can be unwrapped as long as the keyring opens', () => {
    const { key } = ask(me, true);
    expect(ask(me, false)).toMatchObject({ use: 'none', key });
  });

  it('are not wrapped without a keyring, and it is said why', () => {
    expect(ask(keyringOf('me', 'basic_text'))).toEqual({ use: 'new', reason: 'this system offers no keyring' });
    expect(readdirSync(folder)).toEqual([]);
  });

  it('are wrapped by no new key when the keyring does not open the one that is there', () => {
    ask(me);
    const before = readFileSync(join(folder, 'keyring-key'));
    for (const wanted of [undefined, true, false]) {
      const told = ask(keyringOf('somebody else'), wanted);
      expect(told.key).toBeUndefined();
      expect(told.reason).toContain('this is not yours');
    }
    writeFileSync(join(folder, 'keyring-key'), me.encryptString('short'));
    expect(ask(me).reason).toContain('damaged');
    writeFileSync(join(folder, 'keyring-key'), before);
    expect(ask(me).key).toBeDefined();
  });
});
