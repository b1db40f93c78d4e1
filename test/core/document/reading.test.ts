/** What is read may be damaged, or of a later version: it is named, and never taken for a task. */
import { describe, expect, it } from 'vitest';
import { canonicalJson, jsonDepth } from '../../../core/document/canonical-json.ts';
import { decodeEnvelope, encodeEnvelope } from '../../../core/document/envelope.ts';
import { readTask } from '../../../core/document/facets.ts';
import { bucketOf, facetPlaceIn, machinePlace } from '../../../core/document/schema.ts';
import { trustContentOf } from '../../../core/document/trust-write.ts';
import type { MachineId } from '../../../core/domain/ids.ts';
import { FACET_NAMES } from '../../../core/domain/task.ts';
import { definition, openBench, rosterEntry, START, taskId } from './document-builders.ts';

const author = openBench(0).self;
const id = taskId('backup');

function envelope(value: unknown): string {
  return encodeEnvelope({ value, revision: 1, author, changedAt: START, createdAt: START });
}

/** A task's facets as texts, with some replaced or (undefined) taken away. */
function sourceOf(changes: Record<string, string | undefined>): Parameters<typeof readTask>[0] {
  const task = definition('backup');
  const texts = new Map<string, string>();
  for (const facet of FACET_NAMES) texts.set(facet, envelope(task[facet]));
  for (const [facet, text] of Object.entries(changes)) {
    if (text === undefined) texts.delete(facet);
    else texts.set(facet, text);
  }
  const byKey = new Map(
    [...texts].map(([facet, text]) => [facetPlaceIn(bucketOf(id), id, facet as 'about').key, text]),
  );
  return { read: ({ key }) => byKey.get(key), isContested: () => false };
}

describe('a task', () => {
  it('whose facet is no JSON, no envelope or of another shape is unreadable, with the reason', () => {
    for (const text of [
      '{',
      '7',
      '{"v":1}',
      envelope({ type: 'rocket' }),
      envelope({ ...definition('x').action, later: 1 }),
    ]) {
      const reading = readTask(sourceOf({ action: text }), id);
      expect(reading).toMatchObject({ kind: 'unreadable', problem: { id, facet: 'action' } });
      expect(reading.kind === 'unreadable' && reading.problem.reason.length).toBeGreaterThan(0);
    }
  });

  it('without a name, placement or policy has the defaults', () => {
    const reading = readTask(sourceOf({ about: undefined, placement: undefined, policy: undefined }), id);
    const { placement, policy } = definition('backup');
    expect(reading).toMatchObject({ kind: 'live', task: { about: { name: 'backup' }, placement, policy } });
    expect(reading.kind === 'live' && reading.task.origins.policy.revision).toBe(0);
  });

  it('without a schedule or an action is unreadable, because nothing says what it would do', () => {
    for (const facet of ['schedule', 'action']) {
      expect(readTask(sourceOf({ [facet]: undefined }), id)).toMatchObject({ kind: 'unreadable', problem: { facet } });
    }
  });

  it('that was deleted is deleted, readable or not', () => {
    expect(readTask(sourceOf({ deleted: envelope(true), action: '{' }), id)).toEqual({ kind: 'deleted' });
    expect(readTask(sourceOf({ deleted: envelope(false) }), id).kind).toBe('live');
    expect(readTask({ read: () => undefined, isContested: () => false }, id)).toEqual({ kind: 'absent' });
  });
});

describe('an entry of the roster', () => {
  it('for an id without a key is not read: nobody can be met under it', () => {
    const keyless = `12D3Koo${'z'.repeat(45)}` as MachineId;
    for (const [machine, ok] of [
      [author, true],
      [keyless, false],
    ] as const) {
      const content = trustContentOf({ ...machinePlace(machine), text: envelope(rosterEntry(machine)) });
      expect(content?.entry !== undefined).toBe(ok);
    }
  });
});

describe('an envelope', () => {
  it('comes back as it was written', () => {
    const written = { value: { b: [1, null], a: 'é"\\' }, revision: 3, author, changedAt: START, createdAt: START - 1 };
    const read = decodeEnvelope(encodeEnvelope(written));
    expect(read).toEqual({ ok: true, value: written });
  });

  it('with a bad revision, author or instant is refused', () => {
    const good = { r: 1, by: author, at: START, c: START, v: 1 };
    expect(decodeEnvelope(JSON.stringify(good)).ok).toBe(true);
    for (const bad of [{ r: 0 }, { r: 1.5 }, { by: 'me' }, { at: -1 }, { at: 9e15 }, { c: '1' }, { v: undefined }]) {
      expect(decodeEnvelope(JSON.stringify({ ...good, ...bad })).ok).toBe(false);
    }
  });
});

describe('canonical JSON', () => {
  it('is one text for equal values', () => {
    expect(canonicalJson({ b: 1, a: { d: [undefined, 'x'], c: undefined } })).toBe('{"a":{"d":[null,"x"]},"b":1}');
  });

  it('is measured for depth without being misled by strings', () => {
    expect(jsonDepth('{"a":[1,{"b":"[[[{\\"["}]}')).toBe(3);
    expect(jsonDepth('"x"')).toBe(0);
  });
});
