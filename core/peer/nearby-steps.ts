/**
 * Machines on the local network: seen by their announcements, which hold no names, and asked for these on the protocol
 * that is open to strangers. What they say of themselves is for people to read; nothing follows from it.
 */
import { LIMITS, TIMES } from '../config/constants.ts';
import { machineIdSchema, type MachineId } from '../domain/ids.ts';
import type { JoinAnswer } from '../protocol/messages.ts';
import { fingerprintOf } from '../security/fingerprint.ts';
import { appError, type AppError } from '../std/app-error.ts';
import { err, ok, type Result } from '../std/result.ts';
import { inOneLine } from './admission-steps.ts';
import type { NearbyValue } from './commands.ts';
import { mayNotStart } from './roster-steps.ts';
import { emit, type Turn } from './state.ts';

/** What answers to a hello are known by. */
const REQUEST = 'nearby:';
/** Announced last longer ago than this: gone. */
const GONE_MS = 10 * TIMES.syncRepairMs;

/** A machine was announced. Members are known by the roster. */
export function onSighting({ state, nowMs }: Turn, machine: MachineId, addresses: readonly string[]): void {
  const { nearby } = state.admission;
  if (machine === state.self || state.membership.get(machine) !== undefined) return void nearby.delete(machine);
  const about = nearby.get(machine)?.about;
  nearby.delete(machine);
  for (const oldest of nearby.keys()) {
    if (nearby.size < LIMITS.nearbyMachines) break;
    nearby.delete(oldest);
  }
  nearby.set(machine, { addresses: addresses.slice(0, LIMITS.addressesPerMachine), seenAtMs: nowMs, about });
}

/** Somebody wants to know who this is. */
export function onHello(turn: Turn, requestId: string): void {
  const { state } = turn;
  const { cluster, self, roster, identity } = state;
  const entry = roster.get(self);
  const belongs = cluster !== undefined && !mayNotStart(state);
  emit(turn, {
    type: 'answer-join',
    requestId,
    answer: {
      type: 'about',
      name: entry?.name ?? identity.name,
      ...(belongs ? { cluster: { id: cluster.id, name: cluster.name } } : {}),
      admits: belongs && entry?.roles.includes('admin') === true,
    },
  });
}

export function listNearby(turn: Turn, requestId: string): void {
  askAll(turn, (later) => {
    emit(later, { type: 'reply', requestId, outcome: ok({ machines: valuesOf(later) }) });
  });
}

/** A machine, and where it can be asked. */
export interface Reachable {
  readonly id: MachineId;
  readonly addresses: readonly string[];
}

/**
 * Finds the machine that a person means: by a multiaddr that ends in its id, or one nearby by its id, its name, its
 * fingerprint, or the name of its cluster. MACHINE_NOT_FOUND, or INVALID_INPUT when several fit.
 */
export function findNearby(
  turn: Turn,
  text: string,
  then: (turn: Turn, found: Result<Reachable, AppError>) => void,
): void {
  if (text.startsWith('/')) {
    const id = machineIdSchema.safeParse(/\/p2p\/([^/]+)$/.exec(text)?.[1]);
    if (id.success) return then(turn, ok({ id: id.data, addresses: [text] }));
    const message = `the address "${text}" does not end in /p2p/ and the id of a machine`;
    return then(turn, err(appError('INVALID_INPUT', message, { field: 'to' })));
  }
  askAll(turn, (later) => {
    then(later, choose(valuesOf(later), text));
  });
}

/** True when the answer was to a hello. */
export function onHelloAnswered(
  turn: Turn,
  requestId: string,
  from: MachineId,
  result: Result<JoinAnswer, AppError>,
): boolean {
  if (!requestId.startsWith(REQUEST)) return false;
  const { hellos, nearby } = turn.state.admission;
  hellos.delete(from);
  const known = nearby.get(from);
  if (known !== undefined && result.ok && result.value.type === 'about') {
    const { name, cluster, admits } = result.value;
    const said = cluster === undefined ? undefined : { id: cluster.id, name: inOneLine(cluster.name) };
    nearby.set(from, { ...known, about: { name: inOneLine(name), cluster: said, admits, atMs: turn.nowMs } });
  }
  if (hellos.size === 0) finish(turn);
  return true;
}

/** Whoever has not answered by now does not keep the others waiting. */
export function onHellosTimer(turn: Turn): void {
  turn.state.admission.hellos.clear();
  finish(turn);
}

/** Asks all machines nearby of which nothing is known, or only from long ago. */
function askAll(turn: Turn, then: (turn: Turn) => void): void {
  const { admission, timers } = turn.state;
  for (const [machine, { addresses, about, seenAtMs }] of admission.nearby) {
    if (turn.nowMs - seenAtMs > GONE_MS) {
      admission.nearby.delete(machine);
      continue;
    }
    const isFresh = about !== undefined && turn.nowMs - about.atMs < TIMES.nearbyMs;
    if (isFresh || admission.hellos.has(machine)) continue;
    admission.hellos.add(machine);
    const request = { type: 'join-hello' } as const;
    emit(turn, { type: 'request-join', requestId: `${REQUEST}${machine}`, inviter: machine, addresses, request });
  }
  if (admission.hellos.size === 0) return then(turn);
  admission.afterHellos.push(then);
  timers.setEarliest('hellos', turn.nowMs + TIMES.dialTimeoutMs);
}

function finish(turn: Turn): void {
  const { admission, timers } = turn.state;
  const waiting = admission.afterHellos;
  admission.afterHellos = [];
  timers.clear('hellos');
  for (const then of waiting) then(turn);
}

function valuesOf({ state }: Turn): NearbyValue[] {
  return [...state.admission.nearby]
    .map(([id, { addresses, about }]) => ({
      id,
      fingerprint: fingerprintOf(id),
      addresses,
      name: about?.name,
      cluster: about?.cluster,
      admits: about?.admits ?? false,
    }))
    .sort((a, b) => ((a.name ?? a.id) < (b.name ?? b.id) ? -1 : 1));
}

function choose(machines: readonly NearbyValue[], text: string): Result<NearbyValue, AppError> {
  const wanted = text.toLowerCase();
  const named = machines.filter(
    ({ id, name, fingerprint }) =>
      id === text || name?.toLowerCase() === wanted || fingerprint.toLowerCase() === wanted,
  );
  const ofCluster = machines.filter(({ cluster, admits }) => admits && cluster?.name.toLowerCase() === wanted);
  const [first, second] = named.length > 0 ? named : ofCluster;
  if (first === undefined) {
    return err(appError('MACHINE_NOT_FOUND', `no machine nearby is called "${text}"`, { advice: SEE_NEARBY }));
  }
  // Any machine of a cluster will do; two of one name will not.
  if (second !== undefined && named.length > 0) {
    const ids = named.map(({ id }) => id).join(', ');
    return err(appError('INVALID_INPUT', `"${text}" is the name of several machines: ${ids}`, { field: 'to' }));
  }
  return ok(first);
}

const SEE_NEARBY =
  '`carillon nearby` shows the machines on the local network; others are named by an address that ends in /p2p/ and their id.';
