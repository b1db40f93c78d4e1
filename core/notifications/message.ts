/**
 * The message that a channel is given: JSON for webhooks, text for people by e-mail (mail-text.ts). It names tasks, machines and reasons, and never output, results or values of
 * secrets. `text` is one line for people, so that chat programs which know nothing of Carillon show something useful.
 * docs/NOTIFICATIONS.md is its reference.
 */
import { utf8ToBytes } from '@noble/hashes/utils.js';
import { NOTIFICATIONS } from '../config/notifications.ts';
import type { Channel } from '../domain/channel.ts';
import { mailText } from './mail-text.ts';
import type { Notice, NoticeOutcome } from './notice.ts';
import type { Batch } from './outbox.ts';

/** What is handed on: a line for people, and the body in the form that the kind of channel takes. */
export interface MessageContent {
  readonly subject: string;
  readonly body: string;
}

/** Who tells it, and to whom. */
export interface MessageFrame {
  readonly channel: string;
  readonly cluster: { readonly id: string; readonly name: string };
  readonly machine: { readonly id: string; readonly name: string };
}

/** Outcomes that the line of a digest names. */
const NAMED_IN_TEXT = 5;

/** What a channel of this kind is told of a batch. */
export function contentOf(kind: Channel['kind'], batch: Batch, frame: MessageFrame): MessageContent {
  const subject = subjectOf(isSingle(batch) ? lineOf(batch.notices[0] as Notice, frame) : digestLine(batch, frame));
  if (kind === 'webhook') return { subject, body: messageOf(batch, frame) };
  const lines = batch.notices.map((notice) => ({ notice, line: lineOf(notice, frame) }));
  return { subject, body: mailText(lines, batch.more, frame) };
}

/** By which a person tries a channel of this kind. */
export function testContentOf(kind: Channel['kind'], id: string, frame: MessageFrame): MessageContent {
  const subject = subjectOf(testLine(frame));
  return { subject, body: kind === 'webhook' ? testMessageOf(id, frame) : mailText([], 0, frame) };
}

/** The message for a batch, at most `NOTIFICATIONS.bodyBytes` long: what has no room is counted. */
export function messageOf(batch: Batch, frame: MessageFrame): string {
  for (let count = batch.notices.length; ; count = Math.floor(count / 2)) {
    const notices = batch.notices.slice(0, Math.max(1, count));
    const more = batch.more + batch.notices.length - notices.length;
    const kind = isSingle(batch) ? 'outcome' : 'digest';
    const text = kind === 'outcome' ? lineOf(notices[0] as Notice, frame) : digestLine(batch, frame);
    const body = JSON.stringify({ ...head(frame, batch.id, kind, text), notices: notices.map(shown), more });
    if (notices.length === 1 || utf8ToBytes(body).length <= NOTIFICATIONS.bodyBytes) return body;
  }
}

/** The message by which a person tries a channel. */
export function testMessageOf(id: string, frame: MessageFrame): string {
  return JSON.stringify({ ...head(frame, id, 'test', testLine(frame)), notices: [], more: 0 });
}

function testLine({ channel, machine }: MessageFrame): string {
  return `Carillon: a test of the channel "${channel}" from ${machine.name}`;
}

function isSingle({ notices, more }: Batch): boolean {
  return notices.length === 1 && more === 0;
}

/** On one line, whatever names hold. */
function subjectOf(line: string): string {
  const plain = line.replaceAll(/[\s\p{Cc}]+/gu, ' ').trim();
  return [...plain].slice(0, NOTIFICATIONS.subjectLength).join('');
}

function head({ channel, cluster, machine }: MessageFrame, id: string, kind: string, text: string): object {
  return { version: 1, id, kind, text, channel, cluster, sentBy: machine };
}

function shown({ nominalAt, startedAt, finishedAt, ...rest }: Notice): object {
  return { ...rest, nominalAt: isoOf(nominalAt), startedAt: isoOf(startedAt), finishedAt: isoOf(finishedAt) };
}

/** Such as `Nightly backup failed on nas: it exited with code 1`. */
function lineOf({ taskName, outcome, state, machineName, reason }: Notice, { cluster }: MessageFrame): string {
  const where = outcome === 'missed' ? '' : ` on ${machineName}`;
  const why = reason === undefined ? '' : `: ${reason.text}`;
  return `${cluster.name}: ${taskName} ${WORDS[outcome](state)}${where}${why}`;
}

const WORDS: Readonly<Record<NoticeOutcome, (state: string) => string>> = {
  failure: (state) => FAILURE_WORDS[state] ?? 'failed',
  success: () => 'succeeded',
  recovery: () => 'succeeded again',
  cancelled: () => 'was cancelled',
  missed: (state) => (state === 'withheld' ? 'waits' : 'was not run'),
};

const FAILURE_WORDS: Readonly<Record<string, string>> = {
  'timed-out': 'ran out of time',
  lost: 'was lost',
  refused: 'was refused',
};

/** Such as `Home: 7 outcomes: 5 failure, 2 missed (a, b, c, d, e and more)`. */
function digestLine({ notices, more }: Batch, { cluster }: MessageFrame): string {
  const counts = new Map<NoticeOutcome, number>();
  for (const { outcome } of notices) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  const listed = [...counts].map(([outcome, count]) => `${count} ${outcome}`);
  if (more > 0) listed.push(`${more} more`);
  const names = [...new Set(notices.map(({ taskName }) => taskName))];
  const named = names.slice(0, NAMED_IN_TEXT).join(', ') + (names.length > NAMED_IN_TEXT ? ' and more' : '');
  return `${cluster.name}: ${notices.length + more} outcomes: ${listed.join(', ')} (${named})`;
}

function isoOf(at: number | undefined): string | undefined {
  return at === undefined ? undefined : new Date(at).toISOString();
}
