/**
 * What has happened in the last day that somebody may want to know, each once and newest first: runs that failed or were
 * refused, machines that were lost, edits that contradict each other, machines that ask to join. The key of an entry
 * changes when it happens anew, so that it is unread again.
 */
import type { MachineOutput } from '../../../core/api/machine-schemas.ts';
import type { PairingList } from '../../../core/api/pairing-schemas.ts';
import type { RunRecordOutput } from '../../../core/api/run-schemas.ts';
import type { TaskSummary } from '../../../core/api/task-schemas.ts';
import type { Translate } from '../i18n/language.svelte.ts';

export type NotificationKind = 'failure' | 'refusal' | 'machine' | 'pairing' | 'conflict';

export interface Notification {
  readonly key: string;
  readonly kind: NotificationKind;
  readonly title: string;
  readonly detail: string;
  /** Epoch milliseconds; undefined where nobody knows. */
  readonly at: number | undefined;
  /** The place where something can be done about it. */
  readonly path: readonly string[];
}

export interface NotificationSources {
  readonly runs: readonly RunRecordOutput[];
  readonly machines: readonly MachineOutput[];
  readonly asked: PairingList['asked'];
  readonly tasks: readonly Pick<TaskSummary, 'id' | 'name' | 'conflicts' | 'changedAt'>[];
  readonly nameOf: (taskId: string) => string;
}

export function notificationsOf(sources: NotificationSources, t: Translate): readonly Notification[] {
  return [
    ...sources.asked.map((each): Notification => ({
      key: `pairing ${each.id} ${each.askedAt}`,
      kind: 'pairing',
      title: t('notifications.pairing', { machine: each.name }),
      detail: t('notifications.pairingDetail'),
      at: Date.parse(each.askedAt),
      path: ['machines'],
    })),
    ...sources.machines.filter(({ state }) => state === 'dead').map((machine) => machineLost(machine, t)),
    ...sources.runs.map((run) => runTold(run, sources, t)),
    ...sources.tasks
      .filter(({ conflicts }) => conflicts.length > 0)
      .map((task): Notification => ({
        key: `conflict ${task.id} ${task.conflicts.join(' ')} ${task.changedAt}`,
        kind: 'conflict',
        title: t('notifications.conflict', { task: task.name }),
        detail: t('notifications.conflictDetail'),
        at: Date.parse(task.changedAt),
        path: ['tasks', task.id],
      })),
  ].sort((a, b) => (b.at ?? 0) - (a.at ?? 0) || (a.key < b.key ? -1 : 1));
}

function machineLost({ id, name, lastSeenAt, stateReason }: MachineOutput, t: Translate): Notification {
  return {
    key: `machine ${id} ${lastSeenAt ?? ''}`,
    kind: 'machine',
    title: t('notifications.machineLost', { machine: name }),
    detail: t.said(stateReason),
    at: lastSeenAt === null ? undefined : Date.parse(lastSeenAt),
    path: ['machines', id],
  };
}

function runTold(run: RunRecordOutput, { nameOf }: NotificationSources, t: Translate): Notification {
  const task = nameOf(run.taskId);
  const refused = run.state === 'refused';
  const where = t('notifications.onMachine', { machine: run.machineName ?? run.machineId.slice(-8) });
  return {
    key: `run ${run.id} ${run.state}`,
    kind: refused ? 'refusal' : 'failure',
    title: refused
      ? t('notifications.refused', { task })
      : t('notifications.failed', { task, state: t(`states.${run.state}`) }),
    detail: [where, t.said(run.reason?.text ?? '')].filter((part) => part !== '').join(' · '),
    at: Date.parse(run.finishedAt ?? run.recordedAt),
    path: ['runs', run.id],
  };
}
