/** What peers send: out of order, twice, damaged, forged. Whatever it is, the document stays usable. */
import { decodeChange, encodeChange } from '@automerge/automerge';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SealedChange } from '../../../core/document/document-protocol.ts';
import { encodeEnvelope } from '../../../core/document/envelope.ts';
import { facetPlace, GENESIS_ACTOR } from '../../../core/document/schema.ts';
import { sealChange } from '../../../core/security/sealed-change.ts';
import {
  actorOf,
  Bench,
  definition,
  foundingEnd,
  only,
  openBench,
  putTask,
  START,
  taskId,
} from './document-builders.ts';

function threeChanges(author: Bench): readonly SealedChange[] {
  author.make(putTask(definition('a')));
  author.make(putTask(definition('a', { about: { name: 'renamed' } })));
  author.make(putTask(definition('b')));
  return author.stored;
}

type ChangeToEncode = Parameters<typeof encodeChange>[0];

function swap(bytes: Uint8Array, first: number, second: number, length: number): void {
  const kept = bytes.slice(first, first + length);
  bytes.copyWithin(first, second, second + length);
  bytes.set(kept, second);
}

/** The bench still takes edits and changes, and shows them. */
function expectUsable(bench: Bench, peer: Bench): void {
  bench.edit(putTask(definition('still-alive')));
  expect(bench.task('still-alive').id).toBe('still-alive');
  bench.receive(peer.self, peer.make(putTask(definition('from-peer'))));
  bench.edit(putTask(definition('x', { about: { name: 'written over' } })));
  const before = bench.view.plain();
  bench.open(bench.snapshot());
  expect(bench.view.plain()).toEqual(before);
  bench.open(undefined, bench.stored);
  expect(bench.view.plain()).toEqual(before);
  expect(bench.view.tasks.has(taskId('still-alive'))).toBe(true);
}

describe('changes of a peer', () => {
  it('are applied in any order within a message', () => {
    const [a, b] = [openBench(0), openBench(1)];
    const changes = threeChanges(a);
    const changed = only(b.receive(a.self, [...changes].reverse()), 'changed');
    expect(changed).toMatchObject({ from: a.self, requestId: undefined, digest: a.digest });
    expect(changed.changes.map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
  });

  it('that come before what they build on are premature, and applied when it is there', () => {
    const [a, b] = [openBench(0), openBench(1)];
    const [first, second, third] = threeChanges(a) as [SealedChange, SealedChange, SealedChange];
    expect(b.receive(a.self, [second, third])).toEqual([{ type: 'premature', from: a.self }]);
    expect(b.receive(a.self, [first, third]).map(({ type }) => type)).toEqual(['changed', 'premature']);
    b.receive(a.self, [second, third]);
    expect(b.digest).toBe(a.digest);
  });

  it('that build on changes of a third machine are premature without them', () => {
    const [a, b, c] = [openBench(0), openBench(1), openBench(2)];
    const first = a.make(putTask(definition('a')));
    b.receive(a.self, first);
    const second = b.make(putTask(definition('a', { about: { name: 'renamed' } })));
    expect(c.receive(b.self, second)).toEqual([{ type: 'premature', from: b.self }]);
    only(c.receive(b.self, [...second, ...first]), 'changed');
    expect(c.digest).toBe(b.digest);
  });

  it('that are known are ignored, and whoever waits for their end hears of it', () => {
    const [a, b] = [openBench(0), openBench(1)];
    const changes = threeChanges(a);
    b.receive(a.self, changes);
    expect(b.receive(a.self, changes)).toEqual([{ type: 'nothing-new', from: a.self }]);
    const again = only(openBench(2).receive(a.self, [...changes, ...changes]), 'changed');
    expect(again.changes).toHaveLength(3);
  });

  it('with a flipped bit are rejected, and the sound ones beside them are applied', () => {
    const [a, b] = [openBench(0), openBench(1)];
    const changes = threeChanges(a);
    const rejectedBits: number[] = [];
    const last = changes[2] as SealedChange;
    for (let bit = 0; bit < last.bytes.length * 8; bit += 7) {
      const bytes = new Uint8Array(last.bytes);
      bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const events = b.receive(a.self, [...changes.slice(0, 2), { ...last, bytes }]);
      if (events.some(({ type }) => type === 'rejected')) rejectedBits.push(bit);
    }
    expect(rejectedBits).toHaveLength(Math.ceil((last.bytes.length * 8) / 7));
    expect(b.task('a').about.name).toBe('renamed');
    expect(b.view.tasks.size).toBe(1);
    b.receive(a.self, changes);
    expect(b.digest).toBe(a.digest);
    expectUsable(b, openBench(2));
  });

  it('of another author under a known actor are rejected', () => {
    const [a, b] = [openBench(0), openBench(1)];
    a.make(putTask(definition('a')));
    b.receive(a.self, a.stored);
    const thief = new Bench(2, actorOf(0));
    thief.open(undefined, a.stored.slice(0, 0));
    const [forged] = thief.make(putTask(definition('x')), putTask(definition('y')));
    const rejected = only(b.receive(thief.self, [forged as SealedChange]), 'rejected');
    expect(rejected.reason).toContain('another machine');
    expect(b.view.tasks.size).toBe(1);
  });

  it('that reuse a number of their machine are rejected', () => {
    const [a, twin, b] = [openBench(0), openBench(0), openBench(1)];
    b.receive(a.self, a.make(putTask(definition('a'))));
    const rejected = only(b.receive(a.self, twin.make(putTask(definition('b')))), 'rejected');
    expect(rejected.reason).toContain('same number');
  });
});

describe('a change that its author crafted', () => {
  const { map, key } = facetPlace(taskId('x'), 'about');
  const objectOf = (name: string): string => `${parseInt(name.slice(1), 16) + 1}@${GENESIS_ACTOR}`;
  const evil = new Bench(7);
  const valueBy = (author: Bench, value: unknown = { name: 'x' }): string =>
    encodeEnvelope({ value, revision: 1, author: author.self, changedAt: START, createdAt: START });
  const put = { action: 'set', obj: objectOf(map), key, value: valueBy(evil), pred: [] as string[] };

  function craft(changes: Partial<ChangeToEncode>): SealedChange {
    const bytes = encodeChange({
      actor: evil.actor,
      seq: 1,
      startOp: foundingEnd().operation + 1,
      time: 0,
      message: null,
      deps: [foundingEnd().hash],
      ops: [put],
      ...changes,
    } as ChangeToEncode);
    const { actor, seq, hash } = decodeChange(bytes);
    return sealChange(evil.signer, { actor, sequence: seq, hash: hash, bytes });
  }

  it('is applied when it does nothing but put a value', () => {
    const bench = openBench(0);
    expect(bench.receive(evil.self, [craft({})]).map(({ type }) => type)).toEqual(['changed']);
  });

  it('with the largest revision that there is leaves the place writable, for everyone', () => {
    const [bench, other] = [openBench(0), openBench(1)];
    const largest = { value: { name: 'x' }, revision: Number.MAX_SAFE_INTEGER, author: evil.self };
    const text = encodeEnvelope({ ...largest, changedAt: START, createdAt: START });
    const change = craft({ ops: [{ ...put, value: text }] as ChangeToEncode['ops'] });
    bench.receive(evil.self, [change]);
    bench.make(putTask(definition('x', { about: { name: 'mine' } })));
    other.receive(bench.self, bench.stored);
    expect(other.digest).toBe(bench.digest);
    expect(other.task('x').about.name).toBe('mine');
  });

  const cases: Record<string, object> = {
    'replaces a root map': { action: 'makeMap', obj: '_root', key: map },
    'deletes a value': { action: 'del', value: undefined },
    'puts a number': { value: 7, datatype: 'uint' },
    'writes where nothing belongs': { key: 'no-such-place' },
    'writes into the map of another task': { obj: objectOf(map === 'b00' ? 'b01' : 'b00') },
    'writes in the name of another machine': { value: valueBy(openBench(0)) },
    'puts a text that is no envelope': { value: '{"v":1}' },
    'replaces what is at another place': { pred: [`${foundingEnd().operation + 1}@${actorOf(0)}`] },
    'puts a value nested too deep': { value: valueBy(evil, JSON.parse(`${'['.repeat(100)}${']'.repeat(100)}`)) },
  };
  for (const [name, operation] of Object.entries(cases)) {
    it(`is rejected when it ${name}`, () => {
      const bench = openBench(0);
      bench.edit(putTask(definition('first')));
      const change = craft({ ops: [{ ...put, ...operation }] as ChangeToEncode['ops'] });
      only(bench.receive(evil.self, [change]), 'rejected');
      expectUsable(bench, openBench(1));
    });
  }

  it('is rejected when it writes one place twice', () => {
    only(openBench(0).receive(evil.self, [craft({ ops: [put, put] as ChangeToEncode['ops'] })]), 'rejected');
  });

  it('is rejected when its operations do not follow those that it builds on', () => {
    only(openBench(0).receive(evil.self, [craft({ startOp: 3 })]), 'rejected');
  });

  it('is rejected when it is not written as Automerge writes it, because it would not load again', () => {
    const [a, b, bench] = [openBench(0), openBench(1), openBench(2)];
    for (const [author, id] of [
      [a, 'a'],
      [b, 'b'],
    ] as const) {
      bench.receive(author.self, author.make(putTask(definition(id))));
    }
    a.receive(b.self, b.stored);
    const [merging] = a.make(putTask(definition('c')));
    const bytes = new Uint8Array((merging as SealedChange).bytes);
    swap(bytes, 12, 44, 32); // the two dependencies, which are sorted by hash
    const hash = sha256(bytes.subarray(8));
    bytes.set(hash.subarray(0, 4), 4);
    const forged = sealChange(a.signer, { actor: a.actor, sequence: 2, hash: bytesToHex(hash), bytes });
    expect(decodeChange(bytes).deps.toSorted()).toEqual(decodeChange((merging as SealedChange).bytes).deps);
    expect(only(bench.receive(a.self, [forged]), 'rejected').reason).toContain('not written as changes are');
    expectUsable(bench, openBench(3));
  });

  it('is rejected when it writes the genesis actor', () => {
    const bench = openBench(0);
    only(bench.receive(evil.self, [craft({ actor: GENESIS_ACTOR, seq: 2 })]), 'rejected');
  });

  it('leaves the document usable whatever numbers it claims', () => {
    const number = fc.oneof(
      fc.integer({ min: 0, max: 200 }),
      fc.constantFrom(2 ** 31 - 1, 2 ** 32 - 1, 2 ** 32, 2 ** 52),
    );
    const predecessor = fc.tuple(number, fc.constantFrom(GENESIS_ACTOR, actorOf(0), actorOf(7), 'ee'.repeat(16)));
    const crafted = fc.record({
      startOp: fc.oneof(fc.constant(foundingEnd().operation + 1), number),
      seq: fc.constantFrom(1, 2, 5),
      preds: fc.array(predecessor, { maxLength: 4 }),
      repeats: fc.integer({ min: 1, max: 3 }),
    });
    fc.assert(
      fc.property(crafted, ({ startOp, seq, preds, repeats }) => {
        const bench = openBench(0);
        bench.edit(putTask(definition('x')));
        const pred = preds.map(([counter, actor]) => `${counter}@${actor}`);
        let change: SealedChange;
        try {
          change = craft({
            startOp,
            seq,
            ops: Array.from({ length: repeats }, () => ({ ...put, pred })),
          });
        } catch {
          return; // Automerge itself cannot write such a change, so nobody can send it.
        }
        bench.receive(evil.self, [change]);
        expectUsable(bench, openBench(1));
      }),
      { numRuns: 60 },
    );
  });
});
