/** A change is what its author sealed, to the last bit, or it is refused. */
import { describe, expect, it } from 'vitest';
import { createSigner } from '../../../core/adapters/keys/ed25519.ts';
import { LIMITS } from '../../../core/config/constants.ts';
import type { SealedChange } from '../../../core/document/document-protocol.ts';
import { checkSealedChange, checkStoredChange, sealChange, sealText } from '../../../core/security/sealed-change.ts';
import { definition, openBench, putTask, seedOf } from '../document/document-builders.ts';

const other = createSigner(seedOf(1));

function sealedChange(): SealedChange {
  const [change] = openBench(0).make(putTask(definition('backup')));
  if (change === undefined) throw new Error('an edit makes a change');
  return change;
}

describe('a sealed change', () => {
  it('is accepted as it was sealed', () => {
    const change = sealedChange();
    const checked = checkSealedChange(change, other);
    expect(checked.ok && checked.value.hash).toBe(change.hash);
  });

  it('is refused with any single bit of its bytes or its signature flipped', () => {
    const change = sealedChange();
    const accepted: string[] = [];
    for (const part of ['bytes', 'signature'] as const) {
      for (let bit = 0; bit < change[part].length * 8; bit += 1) {
        const flipped = new Uint8Array(change[part]);
        flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        if (checkSealedChange({ ...change, [part]: flipped }, other).ok) accepted.push(`${part} ${bit}`);
      }
    }
    expect(accepted).toEqual([]);
  });

  it('is refused cut short or with anything behind it', () => {
    const change = sealedChange();
    for (const bytes of [change.bytes.subarray(0, -1), new Uint8Array(), Uint8Array.of(...change.bytes, 0)]) {
      expect(checkSealedChange({ ...change, bytes }, other).ok).toBe(false);
    }
  });

  it('is refused under another actor, number, hash or author', () => {
    const change = sealedChange();
    const claims = [{ actor: 'ff'.repeat(16) }, { sequence: 2 }, { hash: 'ab'.repeat(32) }, { author: other.self }];
    for (const claim of claims) expect(checkSealedChange({ ...change, ...claim }, other).ok).toBe(false);
  });

  it('is refused when its author sealed a claim that its bytes do not bear out', () => {
    const change = sealedChange();
    for (const claim of [{ actor: 'ff'.repeat(16) }, { sequence: 7 }]) {
      const forged = sealChange(other, { ...change, ...claim });
      const checked = checkSealedChange(forged, other);
      expect(checked.ok ? '' : checked.error.code).toBe('DOCUMENT_CHANGE_INVALID');
    }
  });

  it('is refused beyond its size, before anything else is looked at', () => {
    const checked = checkSealedChange({ ...sealedChange(), bytes: new Uint8Array(LIMITS.changeBytes + 1) }, other);
    expect(checked.ok ? '' : checked.error.code).toBe('LIMIT_EXCEEDED');
  });

  it('read from the own disk is checked for damage, its signature aside', () => {
    const change = { ...sealedChange(), signature: new Uint8Array(64) };
    expect(checkStoredChange(change).ok).toBe(true);
    const bytes = new Uint8Array(change.bytes);
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
    expect(checkStoredChange({ ...change, bytes }).ok).toBe(false);
  });
});

describe('the seal', () => {
  it('belongs to one purpose and one place', () => {
    const text = new TextDecoder().decode(sealText('aa', 3, 'bb'));
    expect(text).toBe('carillon-change-v1\0aa\x003\0bb');
  });
});
