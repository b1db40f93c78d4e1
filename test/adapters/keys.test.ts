/** The key file and the signer. */
import { chmodSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSigner, createVerifier, machineIdOfSeed } from '../../core/adapters/keys/ed25519.ts';
import { loadOrCreateKey } from '../../core/adapters/keys/key-file.ts';
import type { MachineId } from '../../core/domain/ids.ts';
import { machineIdOf } from '../../core/security/identity.ts';

const message = new TextEncoder().encode('a message');

describe('the signer', () => {
  const signer = createSigner(new Uint8Array(32).fill(1));
  const other = createSigner(new Uint8Array(32).fill(2));

  it('signs what every verifier accepts as its own', () => {
    const signature = signer.sign(message);
    expect(signature).toHaveLength(64);
    expect(createVerifier().verify(signer.self, message, signature)).toBe(true);
    expect(other.verify(signer.self, message, signature)).toBe(true);
  });

  it('does not accept another author, another message, or anything malformed', () => {
    const signature = signer.sign(message);
    expect(signer.verify(other.self, message, signature)).toBe(false);
    expect(signer.verify(signer.self, message.subarray(1), signature)).toBe(false);
    expect(signer.verify(signer.self, message, signature.subarray(1))).toBe(false);
    expect(signer.verify('nobody' as MachineId, message, signature)).toBe(false);
    expect(signer.verify(machineIdOf(new Uint8Array(32).fill(255)), message, signature)).toBe(false);
  });

  it('still verifies after more authors than it remembers', () => {
    const verifier = createVerifier();
    const signature = signer.sign(message);
    for (let index = 0; index < 1100; index += 1) {
      const key = new Uint8Array(32).fill(index & 255);
      key[0] = index >> 8;
      verifier.verify(machineIdOf(key), message, signature);
    }
    expect(verifier.verify(signer.self, message, signature)).toBe(true);
  });
});

describe('the key file', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'carillon-key-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('is made once, for its owner alone, and read afterwards', () => {
    const data = join(folder, 'data');
    const made = loadOrCreateKey(data);
    const read = loadOrCreateKey(data);
    expect(made.ok && made.value.created).toBe(true);
    expect(read.ok && read.value.created).toBe(false);
    expect(read.ok && made.ok && read.value.signer.self === made.value.signer.self).toBe(true);
    expect(made.ok && machineIdOfSeed(made.value.seed) === made.value.signer.self).toBe(true);
    expect(statSync(join(data, 'key')).mode & 0o777).toBe(0o600);
    expect(readdirSync(data)).toEqual(['key']);
  });

  it('is refused, and kept as it is, when it is damaged', () => {
    loadOrCreateKey(folder);
    const path = join(folder, 'key');
    const whole = readFileSync(path, 'utf8');
    for (const text of ['', 'garbage', whole.slice(0, -5), `${whole}x`, 'x'.repeat(5000)]) {
      writeFileSync(path, text);
      const read = loadOrCreateKey(folder);
      expect(read.ok ? 'accepted' : read.error.code).toBe('KEY_UNREADABLE');
      expect(readFileSync(path, 'utf8')).toBe(text);
    }
  });

  it('is refused when other users can read it', () => {
    loadOrCreateKey(folder);
    chmodSync(join(folder, 'key'), 0o644);
    const read = loadOrCreateKey(folder);
    expect(read.ok ? 'accepted' : read.error.code).toBe('KEY_UNREADABLE');
    expect(read.ok ? '' : read.error.advice).toContain('chmod 600');
  });

  it('is refused when the folder cannot be made', () => {
    writeFileSync(join(folder, 'file'), '');
    const made = loadOrCreateKey(join(folder, 'file', 'data'));
    expect(made.ok ? 'accepted' : made.error.code).toMatch(/KEY_UNREADABLE|FOLDER_NOT_WRITABLE/);
  });
});
