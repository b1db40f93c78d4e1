/**
 * Telling channels what became of runs. The machine that writes a record tells of it: the one that ran, or that observed the
 * loss, or that found that something was missed. What is to be told is stored together with the record, so it is sent after
 * a crash too, with the same id. Sending never holds up a run: it happens beside everything else.
 */
import { NOTIFICATIONS } from '../config/notifications.ts';
import { secretOf } from '../domain/channel-ways.ts';
import { hashId } from '../domain/ids.ts';
import type { RunRecord } from '../domain/run.ts';
import { isTrial } from '../domain/trial.ts';
import { contentOf, type MessageFrame, testContentOf } from '../notifications/message.ts';
import { channelsFor, noticeIdOf, noticeOf, outcomeOf } from '../notifications/notice.ts';
import { Outbox } from '../notifications/outbox.ts';
import type { NotifyFailure } from '../ports/notifier.ts';
import { appError } from '../std/app-error.ts';
import { err, ok, type Result } from '../std/result.ts';
import type { CommandOf } from './commands.ts';
import { refuse } from './join-steps.ts';
import { META } from './meta.ts';
import type { NotifiedJob, NotifyJob } from './notify-effects.ts';
import { mayNotStart } from './roster-steps.ts';
import { liveSecret } from './secret-steps.ts';
import { emit, type PeerState, type Turn } from './state.ts';

/**
 * This machine has written a record: who is to hear of it?
 * @param failedBefore the task's end before this one was a failure
 */
export function noteOutcome(turn: Turn, record: RunRecord, failedBefore: boolean): void {
  const { state } = turn;
  const task = state.tasks.get(record.taskId);
  if (task?.notify === undefined || task.notify.rules.length === 0 || isTrial(task)) return;
  const outcome = outcomeOf(record, failedBefore);
  if (outcome === undefined) return;
  const machine = state.roster.get(record.machineId)?.name ?? record.machineId;
  const notice = noticeOf(record, outcome, { task: task.about.name, machine });
  // Nobody else's word keeps the machine that ran it from telling.
  const isWitness = record.machineId === state.self && record.startedAt !== undefined;
  for (const name of channelsFor(task.notify, outcome)) {
    const channel = state.channels.get(name)?.channel;
    if (channel === undefined || channel.paused) continue;
    if (isTold(state, `${notice.id} ${name}`) && !isWitness) continue;
    const outbox = state.notices.outboxes.get(name) ?? new Outbox();
    state.notices.outboxes.set(name, outbox);
    outbox.put(notice);
    keep(turn, name, outbox);
    state.timers.setEarliest('notices', turn.nowMs);
  }
}

/** Another machine has written a record: what follows from it is that machine's to tell, and not once more this one's. */
export function noteToldByOther({ state }: Turn, record: RunRecord): void {
  const notify = state.tasks.get(record.taskId)?.notify;
  if (record.recorderId === state.self || notify === undefined || notify.rules.length === 0) return;
  const outcome = outcomeOf(record, false);
  if (outcome === undefined) return;
  const id = noticeIdOf(record, outcome);
  for (const name of channelsFor(notify, outcome)) isTold(state, `${id} ${name}`);
}

/** Sends what is due, to each channel by itself: one that does not answer holds up no other. */
export function onNoticesTimer(turn: Turn): void {
  const { state, nowMs, wallMs } = turn;
  // Who was removed tells nobody anything. The housekeeping comes back to what waits.
  if (mayNotStart(state)) return;
  for (const [name, outbox] of state.notices.outboxes) {
    const channel = state.channels.get(name)?.channel;
    if (channel === undefined) {
      // Before the cluster's document is there, nobody can say that the channel was deleted.
      if (state.phase === 'active') drop(turn, name);
      continue;
    }
    if (channel.paused) {
      // A channel that is paused tells nothing, and later nothing of what waited before.
      if (outbox.size > 0) drop(turn, name);
      continue;
    }
    const batch = outbox.take(nowMs, wallMs);
    if (batch === undefined) continue;
    keep(turn, name, outbox);
    const content = contentOf(channel.kind, batch, frameOf(state, name));
    const job = jobOf(state, { name, channel, id: batch.id, ...content, requestId: undefined });
    if (job.ok) emit(turn, { type: 'notify', job: job.value });
    else onNotified(turn, { name, id: batch.id, requestId: undefined }, job);
  }
  lookAgain(turn);
}

/** The housekeeping looks too, so that what an earlier life left is sent. */
export function watchNotices({ state, nowMs }: Turn): void {
  if (state.notices.outboxes.size > 0) state.timers.setEarliest('notices', nowMs);
}

/** Something was sent, or not. */
export function onNotified(turn: Turn, job: NotifiedJob, outcome: Result<string, NotifyFailure>): void {
  if (job.requestId !== undefined) return answerTest(turn, job.requestId, job.name, outcome);
  const { state, nowMs, wallMs } = turn;
  const outbox = state.notices.outboxes.get(job.name);
  if (outbox === undefined) return;
  const settlement = outcome.ok ? outcome : { ok: false as const, ...outcome.error };
  const lost = outbox.settle(job.id, settlement, nowMs, wallMs);
  if (!outcome.ok) {
    const fields = { channel: job.name, reason: outcome.error.text, ...(lost > 0 ? { givenUp: lost } : {}) };
    emit(turn, { type: 'log', level: 'warn', message: 'a channel was not told', fields });
  }
  keep(turn, job.name, outbox);
  emit(turn, { type: 'tell', change: { kind: 'cluster' } });
  lookAgain(turn);
}

/** A person tries a channel from this machine. */
export function testChannel(turn: Turn, requestId: string, { name }: CommandOf<'test-channel'>): void {
  const { state } = turn;
  const channel = state.channels.get(name)?.channel;
  if (channel === undefined) return refuse(turn, requestId, 'CHANNEL_NOT_FOUND', `there is no channel "${name}"`);
  const id = hashId('notification-test', requestId, String(turn.wallMs));
  const content = testContentOf(channel.kind, id, frameOf(state, name));
  const job = jobOf(state, { name, channel, id, ...content, requestId });
  if (job.ok) emit(turn, { type: 'notify', job: job.value });
  else answerTest(turn, requestId, name, job);
}

function answerTest(turn: Turn, requestId: string, name: string, outcome: Result<string, NotifyFailure>): void {
  const answered = outcome.ok
    ? ok({ name, answer: outcome.value })
    : err(appError(outcome.error.code, `the channel "${name}" was not told: ${outcome.error.text}`));
  emit(turn, { type: 'reply', requestId, outcome: answered });
}

function jobOf(state: PeerState, job: Omit<NotifyJob, 'secret'>): Result<NotifyJob, NotifyFailure> {
  const secretName = secretOf(job.channel)?.name;
  if (secretName === undefined) return ok({ ...job, secret: undefined });
  const sealed = liveSecret(state, secretName);
  if (sealed === undefined || state.cluster === undefined) {
    return err({ code: 'SECRET_NOT_FOUND', text: `there is no secret "${secretName}"`, retry: true });
  }
  if (sealed.sealed[state.self] === undefined) {
    const text = `the secret "${secretName}" is not sealed to this machine`;
    return err({ code: 'SECRET_NOT_FOR_THIS_MACHINE', text, retry: true });
  }
  return ok({ ...job, secret: { clusterId: state.cluster.id, name: secretName, sealed } });
}

function frameOf({ cluster, joined, self, identity, roster }: PeerState, channel: string): MessageFrame {
  const { id = '', name = '' } = cluster ?? joined ?? {};
  return { channel, cluster: { id, name }, machine: { id: self, name: roster.get(self)?.name ?? identity.name } };
}

function isTold({ notices: { told } }: PeerState, mark: string): boolean {
  if (told.has(mark)) return true;
  told.add(mark);
  if (told.size > NOTIFICATIONS.rememberedNotices) told.delete(told.values().next().value as string);
  return false;
}

function keep(turn: Turn, name: string, { kept }: Outbox): void {
  const value = kept === undefined ? undefined : JSON.stringify(kept);
  emit(turn, { type: 'write', write: { kind: 'meta', key: META.notices + name, value } });
}

function drop(turn: Turn, name: string): void {
  turn.state.notices.outboxes.delete(name);
  emit(turn, { type: 'write', write: { kind: 'meta', key: META.notices + name, value: undefined } });
}

function lookAgain({ state, nowMs }: Turn): void {
  for (const [name, outbox] of state.notices.outboxes) {
    const dueAtMs = state.channels.has(name) ? outbox.dueAtMs(nowMs) : undefined;
    if (dueAtMs !== undefined) state.timers.setEarliest('notices', Math.max(dueAtMs, nowMs));
  }
}
