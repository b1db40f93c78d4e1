/** Asking for logs: what would bring nothing is not asked for again and again. */
import { expect, test } from 'vitest';
import type { Effect } from '../../../core/peer/effects.ts';
import { onLogVector } from '../../../core/peer/log-steps.ts';
import { onLogPage } from '../../../core/peer/log-page-steps.ts';
import { newPeerState, type PeerState, type Turn } from '../../../core/peer/state.ts';
import type { PeerMessageOf } from '../../../core/protocol/messages.ts';
import { machine } from '../../fakes/run-records.ts';

const SELF = machine('self');
const OTHER = machine('other');

/** A machine that is connected with another one, and has nothing of its log. */
function stateOf(phase: PeerState['phase']): PeerState {
  const facts = { hostName: 'self', operatingSystem: 'linux', architecture: 'x64', slots: 4, timeZone: 'UTC' };
  const state = newPeerState({
    self: SELF,
    name: 'self',
    labels: {},
    version: '1',
    facts: facts as never,
    sealingKey: '',
    seeds: [],
  });
  state.phase = phase;
  state.connected.add(OTHER);
  state.logVector.set(OTHER, 0);
  return state;
}

/** The types of messages that are sent in one turn. */
function sentIn(state: PeerState, act: (turn: Turn) => void): string[] {
  const effects: Effect[] = [];
  const turn: Partial<Turn> = { state, nowMs: 1000, wallMs: 1_700_000_000_000, effects };
  act(turn as Turn);
  return effects.flatMap((effect) => (effect.type === 'send' ? [effect.message.type] : []));
}

const tellsOfTen = (turn: Turn): void => {
  onLogVector(turn, OTHER, { type: 'log-vector', vector: { [OTHER]: 10 }, wantsAnswer: false });
};

test('a machine that tells of records and sends none is not asked at once for what it has', () => {
  const state = stateOf('settling');
  state.standing.recovery = new Set();
  expect(sentIn(state, tellsOfTen)).toEqual(['log-pull']);
  const empty: PeerMessageOf<'log-page'> = { type: 'log-page', recorderId: OTHER, floor: 0, records: [], more: false };
  const sent = sentIn(state, (turn) => {
    onLogPage(turn, OTHER, empty);
  });
  expect(sent).toEqual([]);
});

test('a machine that cannot store asks for no records until it can', () => {
  const state = stateOf('active');
  state.storageTrouble = 'STORAGE_FULL';
  expect(sentIn(state, tellsOfTen)).toEqual([]);
  state.storageTrouble = undefined;
  expect(sentIn(state, tellsOfTen)).toEqual(['log-pull']);
});
