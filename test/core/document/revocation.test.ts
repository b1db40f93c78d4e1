/**
 * What a removed machine wrote with a past in which it was still trusted does not count, whenever it arrives; what it wrote
 * before its removal does.
 */
import { describe, expect, it } from 'vitest';
import type { DocumentEdit, SealedChange } from '../../../core/document/document-protocol.ts';
import { facetPlace, machinePlace } from '../../../core/document/schema.ts';
import type { MachineId } from '../../../core/domain/ids.ts';
import {
  actorOf,
  Bench,
  definition,
  founding,
  only,
  openBench,
  putTask,
  rosterEntry,
  synchronise,
  taskId,
} from './document-builders.ts';
import { Rogue } from './rogue.ts';

const REMOVED = 3;
const PUPPET = 30;
const about = facetPlace(taskId('backup'), 'about');

function remove(id: MachineId): DocumentEdit {
  return { kind: 'patch-machine', id, patch: { removed: true } };
}

/** A cluster in which machine 3 has renamed a task, and knows nothing of its removal, which is made but not yet spread. */
function scene(): { a: Bench; b: Bench; rogue: Rogue; removal: readonly SealedChange[] } {
  const [a, b, three] = [openBench(0), openBench(1), openBench(REMOVED)];
  a.edit(putTask(definition('backup')));
  three.receive(a.self, a.stored);
  three.edit(putTask(definition('backup', { about: { name: 'before' } })));
  synchronise(a, three);
  b.receive(a.self, a.stored);
  const rogue = new Rogue(REMOVED, [...founding(), ...a.stored]);
  const removal = a.make(remove(three.self));
  return { a, b, rogue, removal };
}

/** Both machines show the same, also when they are opened anew, from changes or from a snapshot. */
function expectSame(...benches: Bench[]): void {
  const [first, ...others] = benches as [Bench, ...Bench[]];
  for (const other of others) {
    expect(other.digest).toBe(first.digest);
    expect(other.view.plain()).toEqual(first.view.plain());
  }
  const fresh = new Bench(7);
  fresh.open(undefined, first.stored);
  expect(fresh.view.plain()).toEqual(first.view.plain());
  fresh.open(first.snapshot());
  expect(fresh.view.plain()).toEqual(first.view.plain());
}

describe('what a removed machine writes with an old past', () => {
  it('is not read, in whatever order it and the removal arrive', () => {
    const { a, b, rogue, removal } = scene();
    const late = rogue.write({ place: about, value: { name: 'late' } });
    const told = a.receive(rogue.self, [late]);
    expect(told.map(({ type }) => type)).toEqual(['changed', 'void']);
    expect(told[1]).toEqual({ type: 'void', author: rogue.self, hash: late.hash });
    expect(a.task('backup').about.name).toBe('before');
    b.receive(rogue.self, [late]);
    expect(b.task('backup').about.name).toBe('late');
    b.receive(a.self, removal);
    expect(b.task('backup').about.name).toBe('before');
    expectSame(a, b);
  });

  it('is told of when it has counted until the removal came: once for all of its changes, and not at each start', () => {
    const { a, b, rogue, removal } = scene();
    const first = rogue.write({ place: about, value: { name: 'late' } });
    const second = rogue.write({ place: about, value: { name: 'later' } });
    b.receive(rogue.self, [first, second]);
    expect(b.task('backup').about.name).toBe('later');
    const told = b.receive(a.self, removal).filter(({ type }) => type === 'void');
    expect(told).toMatchObject([{ author: rogue.self, heldBefore: 2 }]);
    b.edit(putTask(definition('other')));
    expect(b.receive(a.self, a.stored).filter(({ type }) => type === 'void')).toEqual([]);
    const fresh = new Bench(7);
    expect(fresh.open(b.snapshot()).filter(({ type }) => type === 'void')).toEqual([]);
  });

  it('is no conflict, and is marked in the history', () => {
    const { a, b, rogue, removal } = scene();
    const late = rogue.write({ place: about, value: { name: 'late' } });
    a.edit(putTask(definition('backup', { about: { name: 'honest' } })));
    b.receive(rogue.self, [late]);
    b.receive(a.self, a.stored);
    a.receive(rogue.self, [late]);
    expect(removal).toHaveLength(1);
    for (const bench of [a, b]) {
      expect(bench.task('backup').about.name).toBe('honest');
      expect(bench.task('backup').conflicts).toEqual([]);
      const ask = { type: 'history', requestId: 'h', taskId: taskId('backup'), limit: 10 } as const;
      const marked = only(bench.run(ask), 'history').revisions.filter((revision) => revision.void === true);
      expect(marked).toMatchObject([{ facet: 'about', author: rogue.self, after: '{"name":"late"}' }]);
    }
    expectSame(a, b);
  });

  it('does not take with it what others built on it', () => {
    const { a, b, rogue, removal } = scene();
    const late = rogue.write({ place: about, value: { name: 'late' } });
    b.receive(rogue.self, [late]);
    b.edit(putTask(definition('backup', { about: { name: 'built on it' } })));
    b.edit(putTask(definition('other')));
    b.receive(a.self, removal);
    a.receive(b.self, b.stored);
    for (const bench of [a, b]) {
      expect(bench.task('backup').about.name).toBe('built on it');
      expect(bench.view.tasks.has(taskId('other'))).toBe(true);
    }
    expectSame(a, b);
    a.edit(putTask(definition('backup', { about: { name: 'and on' } })));
    only(b.receive(a.self, a.stored), 'changed');
    expectSame(a, b);
  });

  it('does not hide what it replaced: values that stood apart stand apart again', () => {
    const { a, b, rogue } = scene();
    const [c] = [openBench(2)];
    for (const bench of [b, c]) bench.receive(a.self, a.stored.slice(0, -1));
    b.edit(putTask(definition('backup', { about: { name: 'by B' } })));
    c.edit(putTask(definition('backup', { about: { name: 'by C' } })));
    rogue.learn([...b.stored.slice(-1), ...c.stored.slice(-1)]);
    const late = rogue.write({ place: about, value: { name: 'settled' } });
    for (const bench of [a, b, c]) {
      for (const from of [a, b, c]) bench.receive(from.self, from.stored);
      bench.receive(rogue.self, [late]);
      expect(bench.task('backup').conflicts).toEqual(['about']);
      expect(['by B', 'by C']).toContain(bench.task('backup').about.name);
    }
    expectSame(a, b, c);
    const ask = { type: 'conflicts', requestId: 'c', taskId: taskId('backup'), facet: 'about' } as const;
    const { values } = only(a.run(ask), 'conflicts');
    expect(values).toHaveLength(2);
    const chosen = values.find(({ inForce }) => !inForce)?.key ?? '';
    a.edit({ kind: 'settle-conflict', id: taskId('backup'), facet: 'about', chosen });
    b.receive(a.self, a.stored);
    expect(b.task('backup').conflicts).toEqual([]);
  });

  it('deletes nothing, makes no tasks, and takes no room', () => {
    const { a, b, rogue, removal } = scene();
    const deletion = rogue.write({ place: facetPlace(taskId('backup'), 'deleted'), value: true });
    const creation = rogue.write(
      ...(['about', 'schedule', 'action'] as const).map((facet) => ({
        place: facetPlace(taskId('new'), facet),
        value: definition('new')[facet],
      })),
    );
    b.receive(rogue.self, [deletion, creation]);
    expect([...b.view.tasks.keys()]).toEqual(['new']);
    b.receive(a.self, removal);
    a.receive(rogue.self, [deletion, creation]);
    for (const bench of [a, b]) expect([...bench.view.tasks.keys()]).toEqual(['backup']);
    expectSame(a, b);
    only(b.edit(putTask(definition('new'), 'create')), 'changed');
    a.receive(b.self, b.stored);
    expect(a.task('new').origins.about.author).toBe(b.self);
    expectSame(a, b);
  });
});

describe('a removed admin with an old past', () => {
  it('admits nobody, and nobody by whom it admitted', () => {
    const { a, b, rogue, removal } = scene();
    const puppet = new Rogue(PUPPET, []);
    const admission = rogue.write({
      place: machinePlace(puppet.self),
      value: rosterEntry(puppet.self, { name: 'puppet', roles: ['admin', 'editor'], addedBy: rogue.self }),
    });
    puppet.learn([...founding(), ...a.stored.slice(0, -1), admission]);
    const second = new Rogue(PUPPET + 1, []);
    const third = openBench(2).self;
    const further = puppet.write(
      { place: machinePlace(second.self), value: rosterEntry(second.self, { name: 'second', roles: ['admin'] }) },
      { place: about, value: { name: 'by the puppet' } },
      { place: machinePlace(third), value: { ...rosterEntry(third), removed: true } },
    );
    b.receive(rogue.self, [admission, further]);
    expect(b.view.machines.get(puppet.self)).toMatchObject({ removed: false });
    expect(b.task('backup').about.name).toBe('by the puppet');
    expect(b.view.machines.get(third)?.removed).toBe(true);
    b.receive(a.self, removal);
    a.receive(rogue.self, [admission, further]);
    for (const bench of [a, b]) {
      for (const id of [puppet.self, second.self]) expect(bench.view.machines.get(id)?.removed).toBe(true);
      expect(bench.view.machines.get(third)).toMatchObject({ removed: false, name: 'm2' });
      expect(bench.task('backup').about.name).toBe('before');
    }
    expectSame(a, b);
    puppet.learn(removal);
    only(a.receive(puppet.self, [puppet.write({ place: about, value: { name: 'again' } })]), 'rejected');
  });

  it('raises nobody: what a member wrote only because of that does not count', () => {
    const { a, b, rogue, removal } = scene();
    a.edit({ kind: 'put-machine', entry: rosterEntry(new Rogue(PUPPET).self, { roles: ['viewer'], addedBy: a.self }) });
    const member = new Rogue(PUPPET, []);
    rogue.learn(a.stored.slice(-1).filter((change) => removal.includes(change)));
    const entry = rosterEntry(member.self, { roles: ['editor'], addedBy: a.self });
    const raised = rogue.write({ place: machinePlace(member.self), value: entry });
    member.learn([...founding(), ...a.stored.slice(0, -2), raised]);
    const edit = member.write({ place: about, value: { name: 'raised' } });
    b.receive(a.self, a.stored.slice(0, -2));
    b.receive(rogue.self, [raised, edit]);
    expect(b.task('backup').about.name).toBe('raised');
    b.receive(a.self, a.stored);
    a.receive(rogue.self, [raised, edit]);
    for (const bench of [a, b]) {
      expect(bench.task('backup').about.name).toBe('before');
      expect(bench.view.machines.get(member.self)?.roles).toEqual(['viewer']);
    }
    expectSame(a, b);
  });

  it('removes its remover, who is then removed too, but no third machine', () => {
    const { a, b, rogue } = scene();
    const attack = [a.self, b.self].map((id) =>
      rogue.write({ place: machinePlace(id), value: { ...rosterEntry(id), removed: true } }),
    );
    const c = openBench(2);
    c.receive(rogue.self, [...a.stored.slice(0, -1), ...attack]);
    c.receive(a.self, a.stored);
    b.receive(a.self, a.stored);
    b.receive(rogue.self, attack);
    for (const bench of [b, c]) {
      expect(bench.view.machines.get(rogue.self)?.removed).toBe(true);
      expect(bench.view.machines.get(a.self)?.removed).toBe(true);
      expect(bench.view.machines.get(b.self)?.removed).toBe(false);
    }
    a.receive(rogue.self, attack);
    expectSame(a, b, c);
    b.edit({ kind: 'patch-machine', id: a.self, patch: { removed: false } });
    a.receive(b.self, b.stored);
    expect(a.view.machines.get(a.self)?.removed).toBe(false);
    expect(a.view.machines.get(rogue.self)?.removed).toBe(true);
    expectSame(a, b);
  });
});

describe('a removal', () => {
  it('says which changes of the machine still count, and a later entry keeps that', () => {
    const { a, rogue } = scene();
    const removed = a.view.machines.get(rogue.self);
    expect(removed).toMatchObject({ removed: true, lastChanges: { [actorOf(REMOVED)]: 1 } });
    const entry = rosterEntry(rogue.self, { name: 'again', addedBy: a.self });
    a.edit({ kind: 'put-machine', entry });
    expect(a.view.machines.get(rogue.self)).toEqual({ ...entry, lastChanges: { [actorOf(REMOVED)]: 1 } });
    a.edit(remove(rogue.self));
    expect(a.view.machines.get(rogue.self)?.lastChanges).toEqual({ [actorOf(REMOVED)]: 1 });
  });

  it('is known to the removed machine, which then refuses to edit', () => {
    const { a } = scene();
    const three = openBench(REMOVED);
    three.receive(a.self, a.stored);
    const { error } = only(three.edit(putTask(definition('x'))), 'refused');
    expect(error).toMatchObject({ code: 'NOT_AUTHORIZED' });
  });

  it('rejects what the machine writes with the removal in its past', () => {
    const { a, rogue, removal } = scene();
    rogue.learn(removal);
    const change = rogue.write({ place: about, value: { name: 'x' } });
    expect(only(a.receive(rogue.self, [change]), 'rejected').reason).toContain('removed');
  });
});

describe('a machine that is admitted again', () => {
  it('writes with a new actor, and what it wrote meanwhile with the old one does not count', () => {
    const { a, b, rogue } = scene();
    const late = rogue.write({ place: about, value: { name: 'late' } });
    a.edit({ kind: 'put-machine', entry: rosterEntry(rogue.self, { roles: ['editor'], addedBy: a.self }) });
    const again = new Bench(REMOVED, 'ee'.repeat(16));
    again.open(undefined, a.stored);
    const changes = again.make(putTask(definition('backup', { about: { name: 'again' } })));
    for (const bench of [a, b]) {
      bench.receive(rogue.self, [...a.stored, late]);
      bench.receive(again.self, changes);
      expect(bench.task('backup').about.name).toBe('again');
      expect(bench.task('backup').conflicts).toEqual([]);
    }
    expectSame(a, b);
    const old = openBench(REMOVED);
    old.receive(a.self, a.stored);
    expect(only(old.edit(putTask(definition('x'))), 'refused').error.code).toBe('NOT_AUTHORIZED');
  });
});
