/** The genesis is the same everywhere, and tasks spread over its maps. */
import { getHeads } from '@automerge/automerge';
import { describe, expect, it } from 'vitest';
import { Replica } from '../../../core/document/replica.ts';
import {
  BUCKET_NAMES,
  bucketOf,
  CLUSTER_PLACE,
  createGenesis,
  facetPlace,
  GENESIS_HASH,
  mapOfObject,
  meaningOf,
} from '../../../core/document/schema.ts';
import { actorOf, openBench, taskId } from './document-builders.ts';

describe('the genesis change', () => {
  it('is the same on every machine, for ever', () => {
    expect(GENESIS_HASH).toBe('9ccec58beca107afbf4fb694137d32973b65dc6cdbbc4456f0c8d10f2bdd3a30');
    for (const actor of [actorOf(0), actorOf(1)]) expect(getHeads(createGenesis(actor))).toEqual([GENESIS_HASH]);
    expect(openBench(0).digest).toBe(openBench(1).digest);
  });

  it('is what a stored document must begin with', () => {
    const [a, b] = [openBench(0), new Uint8Array([1, 2, 3])];
    expect(Replica.load(b, actorOf(0)).ok).toBe(false);
    expect(Replica.load(Replica.create(actorOf(0)).save(), a.actor).ok).toBe(true);
  });
});

describe('places', () => {
  it('of tasks are spread over all buckets, evenly', () => {
    const counts = new Map<string, number>();
    for (let index = 0; index < 6400; index += 1) {
      const bucket = bucketOf(taskId(`task-${index}`));
      counts.set(bucket, (counts.get(bucket) ?? 0) + 1);
    }
    expect([...counts.keys()].sort()).toEqual([...BUCKET_NAMES]);
    expect(Math.max(...counts.values())).toBeLessThan(150);
  });

  it('mean something only where the schema puts them', () => {
    const place = facetPlace(taskId('backup'), 'action');
    expect(meaningOf(place)).toEqual({ kind: 'facet', taskId: 'backup', facet: 'action' });
    expect(meaningOf({ ...place, map: place.map === 'b00' ? 'b01' : 'b00' })).toBeUndefined();
    expect(meaningOf({ ...place, key: 'backup/notify' })).toEqual({ kind: 'facet', taskId: 'backup', facet: 'notify' });
    expect(meaningOf({ ...place, key: 'backup/later' })).toEqual({ kind: 'facet', taskId: 'backup', facet: 'other' });
    expect(meaningOf({ map: 'settings', key: 'channel/ops' })).toEqual({ kind: 'channel', name: 'ops' });
    expect(meaningOf({ map: 'settings', key: 'channel/a/b' })).toEqual({ kind: 'other' });
    for (const key of ['backup', '/action', 'Backup/action', 'backup/Action'])
      expect(meaningOf({ ...place, key })).toBeUndefined();
    expect(meaningOf(CLUSTER_PLACE)).toEqual({ kind: 'cluster' });
    expect(meaningOf({ map: 'roster', key: 'no-machine' })).toBeUndefined();
    expect(mapOfObject(`2@${actorOf(0)}`)).toBeUndefined();
    expect(mapOfObject('_root')).toBeUndefined();
  });
});
