/** Who may write what, shown by authors that ask nobody: what is not theirs to write is rejected on every machine alike. */
import { decodeChange, encodeChange } from '@automerge/automerge';
import { describe, expect, it } from 'vitest';
import { createSigner } from '../../../core/adapters/keys/ed25519.ts';
import { channelPlace, CLUSTER_PLACE, facetPlace, machinePlace, type Place } from '../../../core/document/schema.ts';
import type { Role, RosterEntry } from '../../../core/domain/machine.ts';
import { sealChange } from '../../../core/security/sealed-change.ts';
import {
  actorOf,
  Bench,
  certificateFor,
  clusterSettings,
  definition,
  foundingEdits,
  only,
  openBench,
  putTask,
  rosterEntry,
  seedOf,
  taskId,
} from './document-builders.ts';
import { Rogue, type RogueWrite } from './rogue.ts';

const MEMBER = 20;
const OTHER = 21;
const NEWCOMER = 22;
const idOf = (index: number): RosterEntry['id'] => createSigner(seedOf(index)).self;
const about = facetPlace(taskId('backup'), 'about');
const place = (map: string, key: string): Place => ({ map, key });
const entryOf = (index: number, roles: readonly Role[]): RosterEntry =>
  rosterEntry(idOf(index), { name: `machine ${index}`, roles: [...roles], voter: false });

interface Scene {
  readonly bench: Bench;
  readonly rogue: Rogue;
  readonly entry: RosterEntry;
  readonly other: RosterEntry;
}

/** A cluster with a task, another executor, and a member with some roles that obeys no rule. */
function sceneWith(roles: readonly Role[]): Scene {
  const bench = openBench(0);
  const other = entryOf(OTHER, ['executor']);
  const edits = [putTask(definition('backup')), { kind: 'put-machine', entry: other } as const];
  if (roles.length > 0) edits.push({ kind: 'put-machine', entry: entryOf(MEMBER, roles) });
  bench.edit(...edits);
  const rogue = new Rogue(MEMBER);
  rogue.learn(bench.stored);
  return { bench, rogue, entry: entryOf(MEMBER, roles.length > 0 ? roles : ['viewer']), other };
}

type Writing = (scene: Scene) => RogueWrite;

const own = (changes: Partial<RosterEntry>): Writing => {
  return ({ entry }) => ({ place: machinePlace(entry.id), value: { ...entry, ...changes } });
};
const ofOther = (changes: Partial<RosterEntry>): Writing => {
  return ({ other }) => ({ place: machinePlace(other.id), value: { ...other, ...changes } });
};
const put = (at: Place, value: unknown): Writing => {
  return () => ({ place: at, value });
};
const task = put(about, { name: 'mine' });
const tombstone = put(facetPlace(taskId('backup'), 'deleted'), true);
const calendar = put(place('calendars', 'holidays'), {});
const secret = put(place('secrets', 'token'), {});
const setting = put(place('settings', 'other'), {});
const channel = put(channelPlace('ops'), { kind: 'webhook', url: 'https://receiver.test/' });
const rename = put(CLUSTER_PLACE, { ...clusterSettings(), name: 'Renamed' });
const admission = put(machinePlace(idOf(NEWCOMER)), entryOf(NEWCOMER, ['viewer']));
const foreignRoot = createSigner(seedOf(201));

const ALL: readonly Role[] = ['admin', 'editor', 'executor', 'viewer'];

/** What is written, by whom it may be. */
const RULES: readonly (readonly [string, Writing, readonly Role[]])[] = [
  ['a facet', task, ['editor']],
  ['a tombstone', tombstone, ['editor']],
  ['a calendar', calendar, ['editor']],
  ['a secret', secret, ['admin', 'editor']],
  ['a setting', setting, ['admin']],
  ['a channel', channel, ['admin']],
  ['the cluster’s name', rename, ['admin']],
  ['the entry of a new machine', admission, ['admin']],
  ['the labels of another machine', ofOther({ labels: { rack: '1' } }), ['admin']],
  ['the removal of another machine', ofOther({ removed: true }), ['admin']],
  ['the first vote of another machine', ofOther({ voter: true, voterSince: 7 }), ['admin', 'executor']],
  ['a vote with its token', ofOther({ voter: true, voterSince: 7, voterToken: 8 }), ['admin', 'executor']],
  ['the token of a vote alone', ofOther({ voterToken: 8 }), ['admin']],
  ['a vote without its date', ofOther({ voter: true }), ['admin']],
  ['a vote and more', ofOther({ voter: true, voterSince: 7, drained: true }), ['admin']],
  ['its own addresses', own({ addresses: ['/ip4/10.0.0.1/tcp/1'] }), ALL],
  ['its own sealing key', own({ sealingKey: 'x'.repeat(43) }), ALL],
  ['its own name', own({ name: 'other' }), ['admin']],
  ['its own role as admin', own({ roles: ['admin'] }), ['admin']],
  ['a certificate of another root key', own({ certificate: certificateFor(idOf(MEMBER), foreignRoot) }), ['admin']],
  ['a certificate of another machine', own({ certificate: certificateFor(idOf(OTHER)) }), ['admin']],
  ['a certificate of the root key', own({ roles: ['admin'], certificate: certificateFor(idOf(MEMBER)) }), ALL],
];

/** What nobody may write. */
const NEVER: readonly (readonly [string, Writing])[] = [
  ['settings with another root key', put(CLUSTER_PLACE, clusterSettings(foreignRoot.self))],
  ['settings with another date', put(CLUSTER_PLACE, { ...clusterSettings(), createdAt: 1 })],
  ['settings that cannot be read', put(CLUSTER_PLACE, { name: 'x' })],
  ['an entry under the id of another machine', ({ entry, other }) => ({ place: machinePlace(other.id), value: entry })],
  ['an entry that cannot be read', put(machinePlace(idOf(OTHER)), { roles: ['admin'] })],
];

function outcomeOf(scene: Scene, write: RogueWrite): string {
  const change = scene.rogue.write(write);
  return scene.bench.receive(scene.rogue.self, [change])[0]?.type ?? 'nothing';
}

describe('a change is accepted from whom the table says, and rejected from all others', () => {
  for (const [name, writing, allowed] of RULES) {
    it(`that writes ${name}`, () => {
      for (const role of ALL) {
        const scene = sceneWith([role]);
        expect([role, outcomeOf(scene, writing(scene))]).toEqual([
          role,
          allowed.includes(role) ? 'changed' : 'rejected',
        ]);
      }
    });
  }

  it('whatever a stranger writes, a certificate of the root key aside', () => {
    for (const [name, writing] of RULES) {
      const scene = sceneWith([]);
      const expected = name === 'a certificate of the root key' ? 'changed' : 'rejected';
      expect([name, outcomeOf(scene, writing(scene))]).toEqual([name, expected]);
    }
  });

  for (const [name, writing] of NEVER) {
    it(`but from nobody that writes ${name}`, () => {
      const scene = sceneWith(ALL);
      expect(outcomeOf(scene, writing(scene))).toBe('rejected');
    });
  }

  it('but from no viewer that deletes keys', () => {
    const { bench, rogue } = sceneWith(['viewer']);
    const before = bench.view.plain();
    const bytes = encodeChange({
      actor: actorOf(MEMBER),
      seq: 1,
      startOp: 500,
      time: 0,
      message: null,
      deps: bench.stored.slice(-1).map(({ hash }) => hash),
      ops: [{ action: 'del', obj: '_root', key: 'roster', pred: [] }],
    } as object as Parameters<typeof encodeChange>[0]);
    const sealed = sealChange(rogue.signer, { actor: actorOf(MEMBER), sequence: 1, hash: hashOf(bytes), bytes });
    only(bench.receive(rogue.self, [sealed]), 'rejected');
    expect(bench.view.plain()).toEqual(before);
  });
});

describe('a verdict', () => {
  it('depends on the past of the change alone, whatever the roster is when it comes', () => {
    const { bench, rogue } = sceneWith(['editor']);
    const early = rogue.write({ place: about, value: { name: 'early' } });
    bench.edit({ kind: 'patch-machine', id: rogue.self, patch: { roles: ['viewer'] } });
    only(bench.receive(rogue.self, [early]), 'changed');
    rogue.learn(bench.stored.slice(-2));
    expect(outcomeOf({ bench, rogue } as Scene, { place: about, value: { name: 'late' } })).toBe('rejected');
    expect(bench.task('backup').about.name).toBe('early');
  });

  it('on what builds on a rejected change waits for ever', () => {
    const { bench, rogue } = sceneWith(['viewer']);
    rogue.write({ place: about, value: { name: 'one' } });
    const second = rogue.write({ place: about, value: { name: 'two' } });
    expect(bench.receive(rogue.self, [second])).toEqual([{ type: 'premature', from: rogue.self }]);
  });

  it('takes the fewest roles of entries that were written apart', () => {
    const [a, b] = [openBench(0), openBench(1)];
    a.edit(putTask(definition('backup')));
    a.edit({ kind: 'put-machine', entry: entryOf(MEMBER, ['editor', 'executor']) });
    b.receive(a.self, a.stored);
    a.edit({ kind: 'patch-machine', id: idOf(MEMBER), patch: { roles: ['editor', 'viewer'] } });
    b.edit({ kind: 'patch-machine', id: idOf(MEMBER), patch: { roles: ['executor', 'viewer'] } });
    b.receive(a.self, a.stored);
    const rogue = new Rogue(MEMBER);
    rogue.learn(b.stored);
    expect(b.view.machines.get(rogue.self)?.roles).toEqual(['viewer']);
    only(b.receive(rogue.self, [rogue.write({ place: about, value: { name: 'x' } })]), 'rejected');
  });
});

describe('a revision', () => {
  it('counts on by one from what it replaces, so that no old value comes back as it was, nor is one out of reach', () => {
    for (const revision of [1, 3, Number.MAX_SAFE_INTEGER]) {
      const { bench, rogue } = sceneWith(['editor']);
      const change = rogue.write({ place: about, value: { name: 'x' }, envelope: { revision } });
      expect(only(bench.receive(rogue.self, [change]), 'rejected').reason).toContain('count on');
    }
  });
});

describe('a cluster', () => {
  it('is not founded a second time, nor by whom its root key does not certify', () => {
    const bench = openBench(0);
    const settings = { place: CLUSTER_PLACE, value: { ...clusterSettings(), name: 'Mine' } };
    const certified = { ...entryOf(MEMBER, ['admin']), certificate: certificateFor(idOf(MEMBER), foreignRoot) };
    const foreign = [
      { place: CLUSTER_PLACE, value: clusterSettings(foreignRoot.self) },
      { place: machinePlace(idOf(MEMBER)), value: certified },
    ];
    for (const writes of [[settings], foreign]) {
      const rogue = new Rogue(MEMBER, []);
      only(bench.receive(rogue.self, [rogue.write(...writes)]), 'rejected');
    }
    expect(bench.view.cluster).toEqual(clusterSettings());
  });

  it('that a machine was admitted to is the only one that it takes in', () => {
    const stranger = new Bench(MEMBER);
    stranger.openBlank();
    const changes = stranger.make(...foundingEdits(stranger.self, foreignRoot));
    const newcomer = new Bench(NEWCOMER);
    newcomer.openBlank();
    const command = { type: 'receive', from: stranger.self, changes } as const;
    only(newcomer.run({ ...command, cluster: clusterSettings().id }), 'rejected');
    expect(newcomer.view.cluster).toBeUndefined();
    only(newcomer.run({ ...command, cluster: clusterSettings(foreignRoot.self).id }), 'changed');
  });
});

describe('an own edit', () => {
  it('is refused before it is made, with the role that is lacking and who has it', () => {
    const admin = openBench(0);
    admin.edit({ kind: 'put-machine', entry: entryOf(MEMBER, ['viewer']) });
    const viewer = new Bench(MEMBER);
    viewer.open(undefined, admin.stored);
    const { digest } = viewer;
    const { error } = only(viewer.edit(putTask(definition('backup'))), 'refused');
    expect(error.code).toBe('NOT_AUTHORIZED');
    expect(error.message).toContain('has the role viewer; to change tasks it needs the role editor');
    expect(error.message).toContain('"founder"');
    const machine = only(viewer.edit({ kind: 'put-machine', entry: entryOf(OTHER, ['viewer']) }), 'refused').error;
    expect(machine.message).toContain('to change the roster it needs the role admin');
    expect(viewer.digest).toBe(digest);
    only(
      viewer.edit({ kind: 'patch-machine', id: viewer.self, patch: { addresses: ['/ip4/10.0.0.1/tcp/1'] } }),
      'changed',
    );
  });

  it('of a machine that is not in the roster is refused', () => {
    const stranger = openBench(MEMBER);
    expect(only(stranger.edit(putTask(definition('x'))), 'refused').error.message).toContain('is not in the roster');
  });
});

function hashOf(bytes: Uint8Array): string {
  return decodeChange(bytes).hash;
}
