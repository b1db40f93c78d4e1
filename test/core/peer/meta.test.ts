/** What a machine remembers of itself may be damaged: then it is as if it were not there. */
import { expect, test } from 'vitest';
import { loadMeta, META } from '../../../core/peer/meta.ts';
import { newPeerState } from '../../../core/peer/state.ts';
import { machine } from '../../fakes/run-records.ts';

const facts = { operatingSystem: 'linux', architecture: 'x64', version: '1', timeZoneDataVersion: '', slots: 1 };
const identity = { self: machine('a'), name: 'a', labels: {}, version: '1', facts, sealingKey: '', seeds: [] };

test.each([
  ['7', 7],
  ['', 0],
  ['1e999', 0],
  ['-5', 0],
  ['1.5', 0],
  ['seven', 0],
  [String(Number.MAX_SAFE_INTEGER), 0],
])('the incarnation "%s" is taken as %d', (text, incarnation) => {
  const state = newPeerState(identity);
  loadMeta(state, new Map([[META.incarnation, text]]));
  expect(state.incarnation).toBe(incarnation);
});

test('values that are no JSON, or of another form, are left out', () => {
  for (const text of ['', '{', 'null', '[1]', '{"__proto__":{"x":1}}', '{"id":"a","name":"b","sponsors":["c"]}']) {
    const state = newPeerState(identity);
    loadMeta(state, new Map([META.joined, META.addresses, META.invitations].map((key) => [key, text])));
    expect([state.joined, state.addressBook.size, state.invitations.size]).toEqual([undefined, 0, 0]);
  }
});
