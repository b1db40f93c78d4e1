/**
 * `safeStorage`: the keyring that `DOUBLE_KEYRING` names, as `backend` or `backend:secret`; two secrets are the keyrings of two
 * users. Without it there is none, and as Electron does on Linux the double then "encrypts" under what everybody knows.
 */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { needsReady } from './double-state.ts';

type Backend = 'basic_text' | 'gnome_libsecret' | 'kwallet6' | 'unknown';

const [backend = 'basic_text', secret = 'peanuts'] = (process.env['DOUBLE_KEYRING'] ?? 'basic_text').split(':');
const key = createHash('sha256').update(secret).digest();
const MARK = Buffer.from('v11');

export const safeStorage = {
  isEncryptionAvailable: (): boolean => {
    needsReady('safeStorage');
    return true;
  },
  getSelectedStorageBackend: (): Backend => {
    needsReady('safeStorage');
    return backend as Backend;
  },
  encryptString: (plain: string): Buffer => {
    needsReady('safeStorage');
    const nonce = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', key, nonce);
    return Buffer.concat([MARK, nonce, cipher.update(plain, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  },
  decryptString: (encrypted: Buffer): string => {
    needsReady('safeStorage');
    const decipher = createDecipheriv('aes-256-gcm', key, encrypted.subarray(3, 15));
    decipher.setAuthTag(encrypted.subarray(-16));
    const plain = decipher.update(encrypted.subarray(15, -16), undefined, 'utf8');
    try {
      return plain + decipher.final('utf8');
    } catch {
      throw new Error('Error while decrypting the ciphertext provided to safeStorage.decryptString.');
    }
  },
};
