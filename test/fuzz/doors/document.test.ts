/**
 * The shared document: damaged changes with a valid seal, forged seals, snapshots, whole change lists in any order. A
 * document that has seen all of it still takes edits and good changes, and can be saved and opened again.
 */
import { decodeChange, encodeChange } from '@automerge/automerge';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { expect, test } from 'vitest';
import type { SealedChange } from '../../../core/document/document-protocol.ts';
import { decodeSnapshot } from '../../../core/document/snapshot.ts';
import { sealChange } from '../../../core/security/sealed-change.ts';
import { type Bench, definition, openBench, putTask } from '../../core/document/document-builders.ts';
import type { SeededRandom } from '../../simulator/seeded-random.ts';
import { mutateBytes } from '../mutation.ts';
import { inputRandom, storm } from '../storm.ts';
import { mutateValue } from '../value-mutation.ts';

/** What a document may answer to changes of a peer: `failed` is not among it. */
const ANSWERS = ['rejected', 'changed', 'premature', 'projected', 'nothing-new', 'void'];
/** So often the victim is saved and opened again. */
const CHECK_EVERY = 400;

/** Good changes of a machine whose key the storm has. */
function history(author: Bench): readonly SealedChange[] {
  author.make(putTask(definition('nightly')));
  author.make(putTask(definition('nightly', { about: { tags: ['a', 'b'], description: 'x'.repeat(300) } })));
  author.make(putTask(definition('backup')), { kind: 'delete-task', id: 'nightly' as never });
  return [...author.stored];
}

/** Seals bytes whatever they are, under the hash that they have: only their content can give them away. */
function sealed(author: Bench, bytes: Uint8Array, claim: { actor: string; sequence: number }): SealedChange {
  const fixed = bytes.slice();
  const hash = sha256(fixed.subarray(8));
  fixed.set(hash.subarray(0, Math.max(0, Math.min(4, fixed.length - 4))), Math.min(4, fixed.length));
  return sealChange(author.signer, { ...claim, hash: bytesToHex(hash), bytes: fixed });
}

/** The victim still works: edits, takes good changes, is saved and opened again with the same content. */
function expectUsable(victim: Bench, number: number): void {
  const name = `alive-${number % 5}`;
  victim.edit(putTask(definition(name, { about: { description: String(number) } })));
  expect(victim.task(name).about.description).toBe(String(number));
  const before = victim.view.plain();
  victim.open(victim.snapshot());
  expect(victim.view.plain()).toEqual(before);
  victim.open(undefined, victim.stored);
  expect(victim.view.plain()).toEqual(before);
}

/** What an honest seal of these bytes would say; undefined when Automerge itself cannot read them. */
function claimed(bytes: Uint8Array): { actor: string; sequence: number } | undefined {
  try {
    const { actor, seq } = decodeChange(bytes);
    return { actor, sequence: seq };
  } catch {
    return undefined;
  }
}

function claimOf(random: SeededRandom, author: Bench): { actor: string; sequence: number } {
  const actor = random.pick([author.actor, author.actor, '00'.repeat(16), 'fe'.repeat(16)]);
  return { actor, sequence: random.pick([1, 2, 3, 4, 5, 2 ** 31, 2 ** 53 - 1]) };
}

test('damaged changes under a good seal', async () => {
  const [author, victim] = [openBench(7), openBench(0)];
  const good = history(author).map(({ bytes }) => bytes);
  let count = 0;
  await storm({
    door: 'document',
    title: 'bytes',
    part: 0.35,
    make: (random) => mutateBytes(random, good),
    feed: (bytes) => {
      if (bytes.length < 9) return;
      count += 1;
      const claim = claimOf(inputRandom(1, 'claim', count), author);
      const events = victim.receive(author.self, [sealed(author, bytes, claim)]);
      for (const event of events) expect(ANSWERS).toContain(event.type);
      if (count % CHECK_EVERY === 0) expectUsable(victim, count);
    },
  });
  expectUsable(victim, count);
  victim.receive(author.self, author.stored);
});

test('changes that say anything, written as Automerge writes them', async () => {
  const [author, victim] = [openBench(7), openBench(0)];
  const good = history(author).map(({ bytes }) => decodeChange(bytes));
  const operation = good[0]?.ops[0];
  let count = 0;
  await storm({
    door: 'document',
    title: 'fields',
    part: 0.35,
    make: (random) => {
      const { hash: _, ...change } = random.pick(good);
      try {
        return encodeChange(mutateValue(random, { ...change }, []) as never);
      } catch {
        return new Uint8Array();
      }
    },
    feed: (bytes) => {
      if (bytes.length < 9) return;
      count += 1;
      const claim = claimed(bytes);
      if (claim === undefined) return;
      const events = victim.receive(author.self, [sealed(author, bytes, claim)]);
      for (const event of events) expect(ANSWERS).toContain(event.type);
      if (count % CHECK_EVERY === 0) expectUsable(victim, count);
    },
  });
  expect(operation).toBeDefined();
  expectUsable(victim, count);
});

test('good changes in any order, some missing, come to the same document', async () => {
  const author = openBench(7);
  const good = history(author);
  await storm({
    door: 'document',
    title: 'orders',
    part: 0.1,
    make: (random) => random.bytes(12),
    feed: (bytes) => {
      const victim = openBench(0);
      victim.receive(
        author.self,
        [...bytes].map((byte) => good[byte % good.length] as SealedChange),
      );
      victim.receive(author.self, good);
      expect(victim.digest).toBe(author.digest);
    },
  });
});

test('a damaged snapshot is refused in words, or is the same document', async () => {
  const author = openBench(7);
  history(author);
  const snapshot = author.snapshot();
  await storm({
    door: 'document',
    title: 'snapshots',
    part: 0.2,
    make: (random) => mutateBytes(random, [snapshot]),
    feed: (bytes) => {
      const decoded = decodeSnapshot(bytes, author.actor);
      if (decoded.ok) expect(Buffer.compare(bytes.slice(0, snapshot.length), snapshot)).toBe(0);
      else expect(decoded.error).toMatch(/^\S.{3,}/);
    },
  });
});
