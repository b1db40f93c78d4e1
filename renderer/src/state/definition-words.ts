/** What a task does, where, and what happens when things go wrong: its definition in words. */
import type { TaskOutput } from '../../../core/api/task-schemas.ts';
import { durationText } from '../format/duration.ts';
import type { Translate } from '../i18n/language.svelte.ts';

type Definition = TaskOutput['definition'];
/** `code`: the value is code, in which every space counts. */
export type WordedFact = readonly [name: string, value: string, form?: 'code'];

/** @param nameOf the name of a machine by its id */
export function definitionFacts(task: TaskOutput, nameOf: (id: string) => string, t: Translate): readonly WordedFact[] {
  const { definition } = task;
  const facts: (WordedFact | undefined)[] = [
    [t('task.when'), whenText(task, t)],
    boundsFact(definition, t),
    [t('task.what'), actionText(definition.action), 'code'],
    [t('task.where'), placementText(definition.placement, nameOf, t)],
    [t('task.fieldOverlap'), t(`task.overlap-${definition.policy.overlap}`)],
    [t('task.fieldCatchUp'), catchUpText(definition.policy, t)],
    [t('task.onFailure'), retryText(definition.policy, t)],
    [t('task.split'), t(`task.${definition.policy.guarantee}`)],
    definition.policy.timeoutMs === undefined
      ? undefined
      : [t('task.fieldTimeout'), durationText(definition.policy.timeoutMs)],
    notifyFact(definition, t),
  ];
  return facts.filter((fact) => fact !== undefined);
}

/** Each channel with what it hears; undefined when nobody is told. */
function notifyFact({ notify }: Definition, t: Translate): WordedFact | undefined {
  const told = (notify?.rules ?? []).map(
    ({ channel, on }) => `${channel}: ${on.map((event) => t(`editor.tell_${event}`)).join(', ')}`,
  );
  return told.length === 0 ? undefined : [t('task.notify'), told.join('\n')];
}

/** The words of a schedule name its time zone where it matters. */
function whenText({ scheduleText, definition }: TaskOutput, t: Translate): string {
  const { timeZone } = definition.schedule;
  const words = t.said(scheduleText);
  return words.includes(timeZone) ? words : `${words}\n${timeZone}`;
}

function boundsFact({ schedule: { startAt, endAt, jitterMs } }: Definition, t: Translate): WordedFact | undefined {
  const parts = [
    startAt === undefined ? '' : t('task.startsAt', { at: startAt }),
    endAt === undefined ? '' : t('task.endsAt', { at: endAt }),
    jitterMs === 0 ? '' : t('task.jitter', { length: durationText(jitterMs) }),
  ].filter((part) => part !== '');
  return parts.length === 0 ? undefined : [t('task.bounds'), parts.join('\n')];
}

/** The command as it would be typed, the script, or the request. */
export function actionText(action: Definition['action']): string {
  switch (action.type) {
    case 'command':
      return action.argv.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : JSON.stringify(word))).join(' ');
    case 'shell':
      return action.script.trim();
    case 'http':
      return `${action.method} ${action.url}`;
  }
}

function placementText(
  { mode, count, machine, labels, operatingSystems, architectures }: Definition['placement'],
  nameOf: (id: string) => string,
  t: Translate,
): string {
  const first =
    mode === 'pin'
      ? t('task.place-pin', { machine: machine === undefined ? '' : nameOf(machine) })
      : mode === 'n'
        ? t('task.place-n', { count: count ?? 1 })
        : t(`task.place-${mode}`);
  const wanted = [
    ...Object.entries(labels).map(([key, value]) => `${key}=${value}`),
    ...operatingSystems,
    ...architectures,
  ];
  return wanted.length === 0 ? first : `${first}\n${t('task.placeWith', { wanted: wanted.join(', ') })}`;
}

function catchUpText({ catchUp }: Definition['policy'], t: Translate): string {
  return t(`task.catchUp-${catchUp.mode}`, { length: durationText(catchUp.windowMs) });
}

function retryText({ retry }: Definition['policy'], t: Translate): string {
  if (retry.maxAttempts <= 1) return t('task.noRetry');
  return t('task.retry', { count: retry.maxAttempts - 1, length: durationText(retry.initialMs) });
}
