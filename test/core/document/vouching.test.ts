/** Before a task is run: each facet must be signed for this place of this cluster by its author, an editor. */
import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../../core/document/canonical-json.ts';
import type { VouchProblem } from '../../../core/document/document-protocol.ts';
import { facetPlace } from '../../../core/document/schema.ts';
import { originsKey } from '../../../core/document/vouching.ts';
import { clusterIdOf } from '../../../core/domain/ids.ts';
import { signFacet } from '../../../core/security/signed-facet.ts';
import {
  type Bench,
  CLUSTER,
  definition,
  founding,
  only,
  openBench,
  putTask,
  START,
  taskId,
} from './document-builders.ts';
import { Rogue } from './rogue.ts';

const AUTHOR = 4;
const place = facetPlace(taskId('backup'), 'action');
const value = { type: 'command', argv: ['/bin/evil'] };
const statement = { clusterId: CLUSTER, ...place, revision: 2, changedAt: START, createdAt: START };
const valueText = canonicalJson(value);

function vouch(bench: Bench, id = 'backup'): VouchProblem | undefined {
  return only(bench.run({ type: 'vouch', requestId: 'v', taskId: taskId(id) }), 'vouched').problem;
}

/** A cluster with two tasks, and an editor that signs as it likes. */
function scene(): { bench: Bench; rogue: Rogue } {
  const bench = openBench(0);
  bench.edit(putTask(definition('backup')), putTask(definition('other')));
  return { bench, rogue: new Rogue(AUTHOR, [...founding(), ...bench.stored]) };
}

describe('a task', () => {
  it('whose facets are signed by editors may be run, under a name of its form that a change gives another', () => {
    const { bench } = scene();
    const [first] = bench.run({ type: 'vouch', requestId: 'v', taskId: taskId('backup') });
    expect(first).toEqual({
      type: 'vouched',
      requestId: 'v',
      taskId: 'backup',
      origins: originsKey(bench.task('backup')),
    });
    bench.edit(putTask(definition('backup', { about: { name: 'other' } })));
    const again = only(bench.run({ type: 'vouch', requestId: 'v', taskId: taskId('backup') }), 'vouched');
    expect(again.problem).toBeUndefined();
    expect([first]).not.toContainEqual(again);
    expect(again.origins).toBe(originsKey(bench.task('backup')));
  });

  it('that is not there is refused', () => {
    const { bench } = scene();
    const ask = { type: 'vouch', requestId: 'v', taskId: taskId('none') } as const;
    expect(only(bench.run(ask), 'refused').error.code).toBe('TASK_NOT_FOUND');
  });

  const { signer } = new Rogue(AUTHOR);
  const forgeries: Record<string, string> = {
    'signed for another task': signFacet(signer, {
      ...statement,
      ...facetPlace(taskId('other'), 'action'),
      valueText,
    }),
    'signed for another facet': signFacet(signer, { ...statement, key: 'backup/about', valueText }),
    'signed for another cluster': signFacet(signer, {
      ...statement,
      clusterId: clusterIdOf(signer.self),
      valueText,
    }),
    'signed as an earlier revision': signFacet(signer, { ...statement, revision: 1, valueText }),
    'signed with another date': signFacet(signer, { ...statement, changedAt: 1, valueText }),
    'signed with another value': signFacet(signer, { ...statement, valueText: canonicalJson({ ...value, argv: [] }) }),
    'signed by another machine': signFacet(new Rogue(5).signer, { ...statement, valueText }),
    'signed with no signature at all': 'A'.repeat(86),
  };
  for (const [name, signature] of Object.entries(forgeries)) {
    it(`with a facet ${name} is not run`, () => {
      const { bench, rogue } = scene();
      only(bench.receive(rogue.self, [rogue.write({ place, value, envelope: { signature } })]), 'changed');
      expect(vouch(bench)).toMatchObject({ facet: 'action', author: rogue.self, code: 'FACET_FORGED' });
      expect(vouch(bench)?.text).toContain(
        `part "action" of task "backup" carries a signature that is not "m4" (${rogue.self})`,
      );
      expect(vouch(bench, 'other')).toBeUndefined();
      bench.edit(putTask(definition('backup')));
      expect(vouch(bench)).toBeUndefined();
    });
  }

  it('with a forged facet is run again once an editor has applied it again, as it is', () => {
    const { bench, rogue } = scene();
    const same = definition('backup').action;
    const forged = { signature: 'A'.repeat(86) };
    bench.receive(rogue.self, [rogue.write({ place, value: same, envelope: forged })]);
    expect(vouch(bench)?.code).toBe('FACET_FORGED');
    bench.edit(putTask(definition('backup')));
    expect(vouch(bench)).toBeUndefined();
    expect(bench.task('backup').origins.action).toMatchObject({ author: bench.self, revision: 3 });
  });

  it('with an unsigned facet is not run', () => {
    const { bench, rogue } = scene();
    const unsigned = { signature: undefined } as object;
    only(bench.receive(rogue.self, [rogue.write({ place, value, envelope: unsigned })]), 'changed');
    expect(vouch(bench)).toMatchObject({ facet: 'action', code: 'FACET_UNSIGNED' });
  });

  it('tells of each facet who signed it, and of each revision whether its author did', () => {
    const { bench, rogue } = scene();
    bench.receive(rogue.self, [rogue.write({ place, value, envelope: { signature: 'A'.repeat(86) } })]);
    const ask = { type: 'vouch', requestId: 'v', taskId: taskId('backup'), detailed: true } as const;
    const signatures = only(bench.run(ask), 'vouched').signatures ?? [];
    expect(signatures.map(({ facet, author, revision, problem }) => [facet, author, revision, problem?.code])).toEqual([
      ['about', bench.self, 1, undefined],
      ['schedule', bench.self, 1, undefined],
      ['action', rogue.self, 2, 'FACET_FORGED'],
      ['placement', bench.self, 1, undefined],
      ['policy', bench.self, 1, undefined],
    ]);
    const history = { type: 'history', requestId: 'h', taskId: taskId('backup'), limit: 10 } as const;
    const unsigned = only(bench.run(history), 'history').revisions.filter((revision) => revision.unsigned === true);
    expect(unsigned).toMatchObject([{ facet: 'action', author: rogue.self, revision: 2 }]);
  });

  it('of an author that is no editor any more is not run until an editor applies it again', () => {
    const { bench } = scene();
    const author = openBench(AUTHOR);
    const task = definition('backup', { about: { name: 'mine' } });
    author.receive(bench.self, bench.stored);
    bench.receive(author.self, author.make(putTask(task)));
    bench.edit({ kind: 'patch-machine', id: author.self, patch: { roles: ['executor'] } });
    const problem = vouch(bench);
    expect(problem).toMatchObject({ facet: 'about', author: author.self, code: 'AUTHOR_NOT_EDITOR' });
    expect(problem?.text).toBe(
      `The part "about" of task "backup" was written by "m4" (${author.self}), which is no editor. ` +
        'It runs once an editor has applied the task again.',
    );
    bench.edit(putTask(task));
    expect(bench.task('backup').origins.about).toMatchObject({ author: bench.self, revision: 3 });
    expect(vouch(bench)).toBeUndefined();
  });

  it('of an editor that was removed afterwards is run: what it wrote before counts', () => {
    const { bench } = scene();
    const author = openBench(AUTHOR);
    bench.receive(author.self, author.make(putTask(definition('mine'))));
    bench.edit({ kind: 'patch-machine', id: author.self, patch: { removed: true } });
    expect(vouch(bench, 'mine')).toBeUndefined();
  });
});
