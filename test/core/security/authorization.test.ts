/** The rules that need no document: what several entries of one machine say together, and what a certificate is worth. */
import { describe, expect, it } from 'vitest';
import { createSigner } from '../../../core/adapters/keys/ed25519.ts';
import { clusterIdOf } from '../../../core/domain/ids.ts';
import { rosterEntrySchema, type RosterEntry } from '../../../core/domain/machine.ts';
import { authorityOf, certificateText, mergeEntries, verifyCertificate } from '../../../core/security/authorization.ts';
import { toBase64Url } from '../../../core/security/base64url.ts';
import { signFacet, verifyFacet } from '../../../core/security/signed-facet.ts';

const [root, machine, other] = [1, 2, 3].map((fill) => createSigner(new Uint8Array(32).fill(fill))) as [
  ReturnType<typeof createSigner>,
  ReturnType<typeof createSigner>,
  ReturnType<typeof createSigner>,
];
const OLD = 'aa'.repeat(16);
const NEW = 'bb'.repeat(16);

function entry(changes: Partial<RosterEntry>): RosterEntry {
  const base = { id: machine.self, name: 'desk', roles: ['editor'], addedBy: root.self, addedAt: 1 };
  return rosterEntrySchema.parse({ ...base, ...changes });
}

describe('entries of one machine that were written apart', () => {
  it('give the roles that all of them give, and to nobody else', () => {
    const entries = [entry({ roles: ['admin', 'editor'] }), entry({ roles: ['editor', 'executor'] })];
    expect(authorityOf(entries, machine.self)).toEqual(['editor']);
    expect(authorityOf(entries, other.self)).toEqual([]);
    expect(authorityOf([entry({ roles: ['admin'] }), entry({ roles: ['editor'] })], machine.self)).toEqual(['viewer']);
  });

  it('remove it when one of them does', () => {
    expect(authorityOf([entry({}), entry({ removed: true })], machine.self)).toEqual([]);
    expect(mergeEntries([entry({ name: 'renamed' }), entry({ removed: true })])).toMatchObject({
      name: 'renamed',
      removed: true,
    });
  });

  it('keep the strictest bounds to what it wrote', () => {
    const bounds = (...entries: RosterEntry[]): unknown => mergeEntries(entries)?.lastChanges;
    const removed = (lastChanges: Record<string, number>): RosterEntry => entry({ removed: true, lastChanges });
    expect(bounds(removed({ [OLD]: 5 }), removed({ [OLD]: 3 }))).toEqual({ [OLD]: 3 });
    expect(bounds(removed({ [OLD]: 5, [NEW]: 2 }), removed({ [OLD]: 7 }))).toEqual({ [OLD]: 5, [NEW]: 0 });
    expect(bounds(removed({ [OLD]: 5 }), entry({ name: 'renamed' }))).toEqual({ [OLD]: 5 });
    expect(bounds(entry({}), entry({}))).toBeUndefined();
  });
});

describe('a certificate', () => {
  it('is the word of one root key for one machine of one cluster', () => {
    const cluster = clusterIdOf(root.self);
    const foreign = clusterIdOf(other.self);
    const certificate = toBase64Url(root.sign(certificateText(cluster, machine.self)));
    expect(verifyCertificate(root, root.self, cluster, machine.self, certificate)).toBe(true);
    expect(verifyCertificate(root, root.self, cluster, other.self, certificate)).toBe(false);
    expect(verifyCertificate(root, root.self, foreign, machine.self, certificate)).toBe(false);
    expect(verifyCertificate(root, other.self, cluster, machine.self, certificate)).toBe(false);
    for (const damaged of ['', '!', certificate.slice(1), `${certificate.slice(0, -1)}!`]) {
      expect(verifyCertificate(root, root.self, cluster, machine.self, damaged)).toBe(false);
    }
  });
});

describe('the signature of a value', () => {
  const statement = {
    clusterId: clusterIdOf(root.self),
    map: 'b00',
    key: 'backup/action',
    revision: 2,
    changedAt: 10,
    createdAt: 5,
    valueText: '{"type":"command"}',
  };

  it('is good for nothing but what was signed', () => {
    const signature = signFacet(machine, statement);
    expect(verifyFacet(root, machine.self, statement, signature)).toBe(true);
    expect(verifyFacet(root, other.self, statement, signature)).toBe(false);
    const altered = [
      { clusterId: clusterIdOf(other.self) },
      { map: 'b01' },
      { key: 'backup/about' },
      { revision: 1 },
      { changedAt: 11 },
      { createdAt: 6 },
      { valueText: '{}' },
    ];
    for (const change of altered) {
      expect(verifyFacet(root, machine.self, { ...statement, ...change }, signature)).toBe(false);
    }
    for (const damaged of ['', 'A'.repeat(86), signature.slice(2)]) {
      expect(verifyFacet(root, machine.self, statement, damaged)).toBe(false);
    }
  });
});
