/**
 * What a mail tells: each outcome with its line and the facts of its run, and at the end who sent it. Plain text, at most
 * `NOTIFICATIONS.bodyBytes` long: outcomes that have no room are counted.
 */
import { utf8ToBytes } from '@noble/hashes/utils.js';
import { NOTIFICATIONS } from '../config/notifications.ts';
import type { Notice } from './notice.ts';

interface Sender {
  readonly channel: string;
  readonly cluster: { readonly name: string };
  readonly machine: { readonly name: string };
}

/** @param more outcomes of which only the number is known */
export function mailText(
  outcomes: readonly { readonly notice: Notice; readonly line: string }[],
  more: number,
  sender: Sender,
): string {
  for (let count = outcomes.length; ; count = Math.floor(count / 2)) {
    const parts = outcomes.slice(0, count).map(({ notice, line }) => [line, ...factsOf(notice)].join('\n'));
    const left = more + outcomes.length - count;
    if (outcomes.length === 0) parts.push('This is a test: nothing has happened.');
    if (left > 0)
      parts.push(count === 0 ? `There are ${left} outcomes.` : `There are ${left} more that are not listed.`);
    const text = [...parts, endOf(sender)].join('\n\n') + '\n';
    if (count === 0 || utf8ToBytes(text).length <= NOTIFICATIONS.bodyBytes) return text;
  }
}

function factsOf({ taskId, runId, attempt, exitCode, nominalAt, startedAt, finishedAt }: Notice): readonly string[] {
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['Task', taskId],
    ['Run', attempt > 1 ? `${runId} (attempt ${attempt})` : runId],
    ['Due', isoOf(nominalAt)],
    ['Started', isoOf(startedAt)],
    ['Ended', isoOf(finishedAt)],
    ['Exit code', exitCode === undefined ? undefined : String(exitCode)],
  ];
  return facts.flatMap(([name, value]) => (value === undefined ? [] : [`  ${name}: ${value}`]));
}

function endOf({ channel, cluster, machine }: Sender): string {
  return `-- \nCarillon: channel "${channel}" of the cluster ${cluster.name}, sent by ${machine.name}`;
}

function isoOf(at: number | undefined): string | undefined {
  return at === undefined ? undefined : new Date(at).toISOString();
}
