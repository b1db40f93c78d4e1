/** Automerge may fail on bytes that were not checked. Then the document is as it was, and stays usable. */
import { describe, expect, it } from 'vitest';
import type { SealedChange } from '../../../core/document/document-protocol.ts';
import { Replica } from '../../../core/document/replica.ts';
import { facetPlace } from '../../../core/document/schema.ts';
import { actorOf, definition, founding, openBench, putTask, taskId } from './document-builders.ts';

const place = facetPlace(taskId('a'), 'about');

function twoChanges(): readonly [SealedChange, SealedChange] {
  const bench = openBench(1);
  bench.edit(putTask(definition('a')));
  bench.edit(putTask(definition('a', { about: { name: 'second' } })));
  return bench.stored as unknown as [SealedChange, SealedChange];
}

function createFounded(): Replica {
  const replica = Replica.create(actorOf(0));
  replica.attempt(() => replica.apply(founding().map(({ bytes }) => bytes)));
  return replica;
}

describe('an attempt', () => {
  it('that throws changes nothing, whatever it did before', () => {
    const replica = createFounded();
    const [first, second] = twoChanges();
    replica.attempt(() => replica.apply([first.bytes]));
    const before = { heads: replica.heads(), text: replica.read(place) };
    const fail = (): never => {
      replica.apply([second.bytes]);
      replica.commit([{ ...place, text: 'mine' }], 0, '');
      throw new Error('failed half-way');
    };
    expect(() => replica.attempt(fail)).toThrow('failed half-way');
    expect({ heads: replica.heads(), text: replica.read(place) }).toEqual(before);
    const { change } = replica.attempt(() => replica.commit([{ ...place, text: 'again' }], 0, ''));
    expect(change.sequence).toBe(1);
    replica.attempt(() => replica.apply([second.bytes]));
    expect(replica.candidatesOf(place)).toHaveLength(2);
  });

  it('leaves a document usable on which Automerge itself failed', () => {
    const [first, second] = twoChanges();
    let failures = 0;
    for (let bit = 64; bit < second.bytes.length * 8 && failures < 20; bit += 3) {
      const bytes = new Uint8Array(second.bytes);
      bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const replica = createFounded();
      replica.attempt(() => replica.apply([first.bytes]));
      const heads = replica.heads();
      try {
        replica.attempt(() => replica.apply([bytes]));
      } catch {
        failures += 1;
        expect(replica.heads()).toEqual(heads);
        replica.attempt(() => replica.commit([{ ...place, text: 'usable' }], 0, ''));
        expect(replica.read(place)).toBe('usable');
        expect(Replica.load(replica.save(), actorOf(0)).ok).toBe(true);
      }
    }
    expect(failures).toBe(20);
  });

  it('is built again from what was saved and what came after it', () => {
    const replica = createFounded();
    const [first, second] = twoChanges();
    replica.attempt(() => replica.apply([first.bytes]));
    replica.save();
    replica.attempt(() => replica.apply([second.bytes]));
    const heads = replica.heads();
    expect(() =>
      replica.attempt(() => {
        throw new Error('no reason');
      }),
    ).toThrow('no reason');
    expect(replica.heads()).toEqual(heads);
  });
});
