/** Letting a machine in: its roster entry, a change of the document like any other, and the welcome that it is told. */
import { LIMITS } from '../config/constants.ts';
import type { MachineId } from '../domain/ids.ts';
import type { Role, RosterEntry } from '../domain/machine.ts';
import type { Labels } from '../domain/placement.ts';
import type { JoinAnswer, JoinRequestOf } from '../protocol/messages.ts';
import type { ErrorCode } from '../std/error-codes.ts';
import type { Newcomer } from './admission-state.ts';
import { rememberAddresses } from './dial-steps.ts';
import { editDocument } from './document-steps.ts';
import { formerVote } from './electorate-steps.ts';
import { emit, type PeerState, type Turn } from './state.ts';

/** How a machine describes itself. */
export type Introduction = Pick<JoinRequestOf<'join-request'>, 'name' | 'labels' | 'addresses' | 'sealingKey'>;

/** What whoever admits a machine decides. */
export interface Admission {
  readonly roles: readonly Role[];
  readonly labels: Labels;
}

/**
 * Admits a machine and answers it. A refusal of the document is its answer, too.
 * @param requestId of the request that is answered.
 * @param done called when the entry is written.
 */
export function admit(
  turn: Turn,
  requestId: string,
  newcomer: Newcomer,
  { roles, labels }: Admission,
  done: (turn: Turn, entry: RosterEntry) => void,
): void {
  const { state } = turn;
  const before = state.roster.get(newcomer.id);
  const certificate = before?.removed === false ? before.certificate : undefined;
  const entry: RosterEntry = {
    id: newcomer.id,
    name: uniqueName(turn, newcomer.id, newcomer.name),
    labels,
    roles: [...roles],
    weight: 1,
    // It becomes one when the present voters agree.
    voter: false,
    ...formerVote(before),
    drained: false,
    removed: false,
    ...(certificate === undefined ? {} : { certificate }),
    ...(newcomer.sealingKey === undefined ? {} : { sealingKey: newcomer.sealingKey }),
    addedBy: state.self,
    addedAt: turn.wallMs,
    addresses: [...newcomer.addresses].slice(0, LIMITS.addressesPerMachine),
  };
  rememberAddresses(turn, newcomer.id, newcomer.addresses);
  editDocument(turn, requestId, [{ kind: 'put-machine', entry }], {
    finish: (later) => {
      emit(later, { type: 'answer-join', requestId, answer: welcome(later) });
      done(later, entry);
    },
    fail: (later) => answerRefusal(later, requestId, 'STOPPING', 'the inviter is shutting down'),
  });
}

/** Why no machine can be admitted here now; undefined when one can. */
export function isFull({ roster }: PeerState, newcomer: MachineId): boolean {
  return roster.size >= LIMITS.machinesPerCluster && !roster.has(newcomer);
}

export function answerRefusal(turn: Turn, requestId: string, code: ErrorCode, message: string): void {
  emit(turn, { type: 'answer-join', requestId, answer: { type: 'refused', code, message } });
}

/** What a stranger says of itself is shown to people: in one line, without anything that a terminal takes for its own. */
export function newcomerOf(id: MachineId, said: Introduction): Newcomer {
  const { labels, addresses, sealingKey } = said;
  return { id, name: inOneLine(said.name), labels, addresses, sealingKey };
}

/** Control characters, marks of direction and line ends become question marks. */
export function inOneLine(text: string): string {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '?');
}

function welcome(turn: Turn): JoinAnswer {
  const { state } = turn;
  const members = [...state.roster.values()]
    .filter((entry) => !entry.removed)
    .map(({ id }) => ({
      id,
      addresses: [...(id === state.self ? state.ownAddresses : (state.addressBook.get(id) ?? []))].slice(
        0,
        LIMITS.addressesPerMachine,
      ),
    }));
  const { cluster } = state;
  if (cluster === undefined) return { type: 'refused', code: 'NO_CLUSTER', message: 'the inviter has no cluster' };
  return { type: 'welcome', clusterId: cluster.id, clusterName: cluster.name, members };
}

/** Names may repeat in the document; a newcomer is told apart all the same. */
function uniqueName(turn: Turn, id: MachineId, wanted: string): string {
  const taken = new Set([...turn.state.roster.values()].filter((entry) => entry.id !== id).map((entry) => entry.name));
  let name = wanted;
  for (let number = 2; taken.has(name); number += 1) name = `${wanted}-${number}`.slice(-LIMITS.nameLength);
  return name;
}
