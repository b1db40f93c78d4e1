/**
 * Secrets: setting and changing them, and keeping them sealed to the machines that they belong to. When an executor comes,
 * goes, or gets other roles or labels, one admin machine seals anew: the first that is alive and can open the secret, the
 * others later and only if it is still needed. Whoever does it finds the same to do, so twice does no harm.
 *
 *   in order ──roster or secret changed──► needed ──own turn──► sealing ──► (document) ──► in order
 */
import { utf8ToBytes } from '@noble/hashes/utils.js';
import { LIMITS, SECRETS } from '../config/constants.ts';
import type { NamedSecret, SecretAge } from '../document/document-protocol.ts';
import type { MachineId } from '../domain/ids.ts';
import { type SealedSecret, mismatchOf, recipientsOf } from '../security/secrets.ts';
import type { AppError } from '../std/app-error.ts';
import { ok, type Result } from '../std/result.ts';
import { noteAudit } from './audit-steps.ts';
import type { CommandOf } from './commands.ts';
import { editDocument } from './document-steps.ts';
import { failWith, refuse } from './join-steps.ts';
import { evaluateAllSoon } from './occurrence-list.ts';
import { mayNotStart } from './roster-steps.ts';
import type { SealingJob } from './secret-effects.ts';
import { emit, isSelfOrAlive, type PeerState, type Turn } from './state.ts';

/** What this machine does by itself is known by how its requests begin. */
const RESEALING = 'reseal:';
const OWN_KEY = 'sealing-key:';

/** The secret of a name that was not deleted. */
export function liveSecret({ secrets }: PeerState, name: string): SealedSecret | undefined {
  const state = secrets.get(name);
  return state === undefined || 'deleted' in state ? undefined : state;
}

/** The document has other secrets. */
export function applySecrets(turn: Turn, secrets: readonly NamedSecret[]): void {
  for (const { name, state } of secrets) {
    if (state === undefined) turn.state.secrets.delete(name);
    else turn.state.secrets.set(name, state);
  }
  emit(turn, { type: 'tell', change: { kind: 'cluster' } });
  lookAtSecretsSoon(turn);
  if (turn.state.phase === 'active') evaluateAllSoon(turn);
}

/** Roster or secrets have changed: something may have to be sealed anew. */
export function lookAtSecretsSoon({ state, nowMs }: Turn): void {
  state.timers.setEarliest('secrets', nowMs + SECRETS.resealDelayMs);
}

export function setSecret(turn: Turn, requestId: string, command: CommandOf<'set-secret'>): void {
  const { state } = turn;
  const { name, value } = command;
  const size = utf8ToBytes(value).length;
  if (size > LIMITS.secretBytes) {
    return refuse(turn, requestId, 'LIMIT_EXCEEDED', `a secret has at most ${LIMITS.secretBytes} bytes`, 'value');
  }
  if (size === 0 || value.includes('\0')) {
    return refuse(turn, requestId, 'INVALID_INPUT', 'a secret is not empty and has no NUL character', 'value');
  }
  const before = ageOf(state, name);
  const scope = command.scope ?? liveSecret(state, name)?.scope ?? {};
  const about = { ...next(before), scope, setBy: state.self, setAt: turn.wallMs, exposed: [] };
  startSealing(turn, { requestId, name, after: before, what: { kind: 'value', value, about } });
}

/** The value stays; who can open it changes. Only who can open it can do this. */
export function scopeSecret(turn: Turn, requestId: string, { name, scope }: CommandOf<'scope-secret'>): void {
  const secret = liveSecret(turn.state, name);
  if (secret === undefined) return refuse(turn, requestId, 'SECRET_NOT_FOUND', `there is no secret "${name}"`);
  startSealing(turn, { requestId, name, after: secret, what: renewal(turn, { ...secret, scope }, secret) });
}

export function deleteSecret(turn: Turn, requestId: string, { name }: CommandOf<'delete-secret'>): void {
  editDocument(turn, requestId, [{ kind: 'delete-secret', name }], {
    finish: (later) => {
      noteAudit(later, 'secret-changed', { by: later.state.self, subject: name, detail: 'deleted' });
      emit(later, { type: 'reply', requestId, outcome: ok({ name }) });
    },
    fail: failWith(requestId),
  });
}

export function onSecretSealed(turn: Turn, job: SealedJob, outcome: Result<SealedSecret, AppError>): void {
  const { requestId, name, after } = job;
  const own = requestId.startsWith(RESEALING);
  if (!outcome.ok) {
    if (!own) return emit(turn, { type: 'reply', requestId, outcome });
    const fields = { secret: name, reason: outcome.error.message };
    emit(turn, { type: 'log', level: 'warn', message: 'a secret could not be sealed anew', fields });
    return settleResealing(turn, name);
  }
  const secret = outcome.value;
  if (Object.keys(secret.sealed).length === 0) {
    if (own) return settleResealing(turn, name);
    return refuse(turn, requestId, 'SECRET_NOT_FOR_THIS_MACHINE', 'no machine in its scope has a sealing key yet');
  }
  editDocument(turn, requestId, [{ kind: 'put-secret', name, secret, after }], {
    finish: (later) => {
      if (own) return settleResealing(later, name);
      const detail = secret.generation === after.generation ? 'another scope' : 'a new value';
      noteAudit(later, 'secret-changed', { by: later.state.self, subject: name, detail });
      const value = { name, version: secret.version, machines: Object.keys(secret.sealed) as MachineId[] };
      emit(later, { type: 'reply', requestId, outcome: ok(value) });
    },
    fail: (later, code) => {
      if (own) settleResealing(later, name);
      else failWith(requestId)(later, code);
    },
  });
}

/** What is left of a job when it is done: the value is not in it any more. */
export type SealedJob = Pick<SealingJob, 'requestId' | 'name' | 'after'>;

/** The document refused what this machine wanted to write by itself: it is tried again later. True when it was that. */
export function onSecretRefused(turn: Turn, requestId: string, error: AppError): boolean {
  const { state } = turn;
  const isKey = requestId.startsWith(OWN_KEY);
  if (!isKey && !requestId.startsWith(RESEALING)) return false;
  state.pending.delete(requestId);
  if (isKey) state.announcingKey = false;
  else state.resealing.delete(requestId.slice(RESEALING.length));
  emit(turn, { type: 'log', level: 'info', message: 'not written', fields: { requestId, reason: error.message } });
  state.timers.setEarliest('secrets', turn.nowMs + SECRETS.resealRankMs);
  return true;
}

/** Tells the others the own sealing key, and seals anew what it is this machine's turn to seal. */
export function onSecretsTimer(turn: Turn): void {
  const { state } = turn;
  const own = state.roster.get(state.self);
  if (state.phase !== 'active' || state.cluster === undefined || own === undefined || mayNotStart(state)) return;
  if (own.sealingKey !== state.identity.sealingKey) return announceKey(turn);
  for (const name of state.resealSinceMs.keys())
    if (liveSecret(state, name) === undefined) state.resealSinceMs.delete(name);
  for (const [name, secret] of state.secrets) {
    if (!('deleted' in secret)) resealIfNeeded(turn, name, secret);
  }
}

/** Where the first admin does nothing the next has its turn: looked at with the housekeeping. */
export function watchResealing({ state, nowMs }: Turn): void {
  if (state.resealSinceMs.size > 0) state.timers.setEarliest('secrets', nowMs + SECRETS.resealDelayMs);
}

function announceKey(turn: Turn): void {
  const { state } = turn;
  if (state.announcingKey) return;
  state.announcingKey = true;
  const patch = { sealingKey: state.identity.sealingKey };
  const done = (later: Turn): void => {
    later.state.announcingKey = false;
    lookAtSecretsSoon(later);
  };
  const requestId = OWN_KEY + String(turn.nowMs);
  editDocument(turn, requestId, [{ kind: 'patch-machine', id: state.self, patch }], { finish: done, fail: done });
}

function resealIfNeeded(turn: Turn, name: string, secret: SealedSecret): void {
  const { state, nowMs } = turn;
  const { missing, surplus } = mismatchOf(secret, state.roster.values());
  if (missing.length === 0 && surplus.length === 0) {
    state.resealSinceMs.delete(name);
    return;
  }
  const since = state.resealSinceMs.get(name) ?? nowMs;
  state.resealSinceMs.set(name, since);
  const rank = adminsOf(state, secret).indexOf(state.self);
  if (rank < 0 || state.resealing.has(name) || state.resealing.size >= SECRETS.resealedAtOnce) return;
  if (nowMs < since + rank * SECRETS.resealRankMs) return;
  state.resealing.add(name);
  const what = surplus.length === 0 ? ({ kind: 'share', sealed: secret } as const) : renewal(turn, secret, secret);
  const job = { requestId: RESEALING + name, name, after: secret, what };
  if (surplus.length === 0) startSealing(turn, job, missing);
  else startSealing(turn, job);
}

/** Admins that are there and can open a secret, in the order in which they have their turn. */
function adminsOf(state: PeerState, secret: SealedSecret): MachineId[] {
  const admins = [...state.roster.values()].filter(
    ({ id, roles, removed }) =>
      !removed && roles.includes('admin') && secret.sealed[id] !== undefined && isSelfOrAlive(state, id),
  );
  return admins.map(({ id }) => id).sort();
}

/** The same value in a new version; who could open the last one and cannot open this may know it all the same. */
function renewal(turn: Turn, wanted: SealedSecret, sealed: SealedSecret): SealingJob['what'] {
  const { surplus } = mismatchOf({ ...sealed, scope: wanted.scope }, turn.state.roster.values());
  const exposed = [...new Set([...sealed.exposed, ...surplus])].slice(-LIMITS.machinesPerCluster);
  const { generation, version, setBy, setAt } = sealed;
  return {
    kind: 'renew',
    sealed,
    about: { generation, version: version + 1, scope: wanted.scope, setBy, setAt, exposed },
  };
}

function startSealing(
  turn: Turn,
  job: Omit<SealingJob, 'clusterId' | 'recipients'>,
  recipients = recipientsOf(
    job.what.kind === 'share' ? job.what.sealed.scope : job.what.about.scope,
    turn.state.roster.values(),
  ),
): void {
  const { cluster } = turn.state;
  if (cluster === undefined) return refuse(turn, job.requestId, 'NO_CLUSTER', 'this machine belongs to no cluster yet');
  const { generation, version } = job.after;
  const after = { generation, version };
  emit(turn, { type: 'seal-secret', job: { ...job, after, clusterId: cluster.id, recipients } });
}

function settleResealing(turn: Turn, name: string): void {
  turn.state.resealing.delete(name);
  if (turn.state.resealSinceMs.size > 0) turn.state.timers.setEarliest('secrets', turn.nowMs + SECRETS.resealRankMs);
}

function ageOf({ secrets }: PeerState, name: string): SecretAge {
  return secrets.get(name) ?? { generation: 0, version: 0 };
}

function next({ generation, version }: SecretAge): SecretAge {
  return { generation: generation + 1, version: version + 1 };
}
