/**
 * What needs a person's look, gathered from everywhere: each with what is wrong, since when, what to do, and where. The
 * worst first. A task that failed and has succeeded since needs nobody; it is told of apart.
 */
import type { ClusterStatus } from '../../../core/api/cluster-schemas.ts';
import type { PairingList } from '../../../core/api/pairing-schemas.ts';
import type { RunRecordOutput } from '../../../core/api/run-schemas.ts';
import type { TaskSummary } from '../../../core/api/task-schemas.ts';
import { shortAddress } from '../format/address.ts';
import type { Translate } from '../i18n/language.svelte.ts';
import { warningsOf } from './cluster-warnings.ts';
import type { Query } from './router.svelte.ts';

export type LookKind = 'pairing' | 'machine' | 'warning' | 'failure' | 'duplicate' | 'withheld' | 'conflict';

export interface Look {
  readonly key: string;
  readonly kind: LookKind;
  readonly tone: 'bad' | 'warn';
  readonly title: string;
  readonly detail: string;
  /** What to do; empty where the buttons say it. */
  readonly advice: string;
  /** Epoch milliseconds of when it happened last. */
  readonly at: number | undefined;
  readonly link?: { readonly path: readonly string[]; readonly query?: Query; readonly label: string };
  /** A task that can be run again from here. */
  readonly taskId?: string;
}

export interface LookSources {
  readonly status: ClusterStatus;
  readonly failed: readonly RunRecordOutput[];
  readonly waiting: readonly RunRecordOutput[];
  readonly recent: readonly (RunRecordOutput & { readonly duplicate: boolean })[];
  readonly tasks: readonly Pick<TaskSummary, 'id' | 'name' | 'conflicts'>[];
  readonly asked: PairingList['asked'];
  /** The newest ended run of a task; undefined or null when none is known. */
  readonly lastOf: (taskId: string) => RunRecordOutput | null | undefined;
  readonly nameOf: (taskId: string) => string;
}

/** Failures of one task. */
interface Failing {
  readonly newest: RunRecordOutput;
  readonly count: number;
}

export interface Looks {
  readonly open: readonly Look[];
  /** Tasks that failed in the time looked at and have succeeded since. */
  readonly recovered: readonly { readonly taskId: string; readonly name: string }[];
}

export function looksOf(sources: LookSources, t: Translate): Looks {
  const failing = [...failuresByTask(sources.failed)];
  const recovered = failing.filter(([taskId, { newest }]) => hasRecovered(newest, sources.lastOf(taskId)));
  const healed = new Set(recovered.map(([taskId]) => taskId));
  const open = [
    ...pairingLooks(sources, t),
    ...machineLooks(sources, t),
    ...failing.filter(([taskId]) => !healed.has(taskId)).map(([, found]) => failureLook(found, sources, t)),
    ...duplicateLooks(sources, t),
    ...warningsOf(sources.status, t).map((warning): Look => {
      const path = ['machines', ...(warning.machineId === undefined ? [] : [warning.machineId])];
      const link = { path, label: t('overview.toMachine') };
      return {
        key: warning.key,
        kind: 'warning',
        tone: 'warn',
        title: warning.text,
        detail: '',
        advice: warning.advice,
        at: undefined,
        ...(warning.machineId === undefined ? {} : { link }),
      };
    }),
    ...waitingLooks(sources, t),
    ...conflictLooks(sources, t),
  ];
  return { open, recovered: recovered.map(([taskId]) => ({ taskId, name: sources.nameOf(taskId) })) };
}

function failuresByTask(failed: readonly RunRecordOutput[]): ReadonlyMap<string, Failing> {
  const found = new Map<string, Failing>();
  for (const run of failed) {
    const known = found.get(run.taskId);
    const newest = known === undefined || endOf(run) > endOf(known.newest) ? run : known.newest;
    found.set(run.taskId, { newest, count: (known?.count ?? 0) + 1 });
  }
  return found;
}

function hasRecovered(failure: RunRecordOutput, last: RunRecordOutput | null | undefined): boolean {
  return last?.state === 'succeeded' && endOf(last) > endOf(failure);
}

function failureLook({ newest, count }: Failing, sources: LookSources, t: Translate): Look {
  const state = t(`states.${newest.state}`);
  return {
    key: `failure ${newest.taskId}`,
    kind: 'failure',
    tone: 'bad',
    title: sources.nameOf(newest.taskId),
    detail: [
      count > 1 ? t('overview.timesFailed', { state, count }) : state,
      t('overview.onMachine', { machine: newest.machineName ?? newest.machineId.slice(-8) }),
      t.said(newest.reason?.text ?? ''),
    ]
      .filter((part) => part !== '')
      .join(' · '),
    advice: '',
    at: Date.parse(endOf(newest)),
    link: { path: ['runs', newest.id], label: t('overview.toRun') },
    taskId: newest.taskId,
  };
}

function machineLooks({ status }: LookSources, t: Translate): Look[] {
  return status.members
    .filter((machine) => !machine.self && machine.state === 'dead')
    .map((machine) => ({
      key: `dead ${machine.id}`,
      kind: 'machine',
      tone: 'bad',
      title: t('overview.machineDead', { name: machine.name }),
      detail: t.said(machine.stateReason),
      advice: t('overview.machineDeadAdvice'),
      at: machine.lastSeenAt === null ? undefined : Date.parse(machine.lastSeenAt),
      link: { path: ['machines', machine.id], label: t('overview.toMachine') },
    }));
}

function pairingLooks({ asked }: LookSources, t: Translate): Look[] {
  return asked
    .filter((pairing) => !pairing.approved)
    .map((pairing) => ({
      key: `pairing ${pairing.id}`,
      kind: 'pairing',
      tone: 'warn',
      title: t('overview.asksToJoin', { name: pairing.name }),
      detail: t('overview.asksFrom', { address: shortAddress(pairing.remoteAddress) ?? '' }),
      advice: t('overview.asksAdvice'),
      at: Date.parse(pairing.askedAt),
      link: { path: ['machines'], query: { pairing: pairing.id }, label: t('overview.toPairing') },
    }));
}

function duplicateLooks({ recent, nameOf }: LookSources, t: Translate): Look[] {
  const byTask = new Map(recent.filter((run) => run.duplicate).map((run) => [run.taskId, run] as const));
  return [...byTask.values()].map((run) => ({
    key: `duplicate ${run.taskId}`,
    kind: 'duplicate',
    tone: 'warn',
    title: t('overview.duplicate', { task: nameOf(run.taskId) }),
    detail: '',
    advice: t('overview.duplicateAdvice'),
    at: Date.parse(run.startedAt ?? run.dueAt),
    link: { path: ['runs', run.id], label: t('overview.toRun') },
  }));
}

function waitingLooks({ waiting, nameOf }: LookSources, t: Translate): Look[] {
  const newest = new Map<string, RunRecordOutput>();
  for (const run of waiting) if (!newest.has(run.taskId)) newest.set(run.taskId, run);
  return [...newest.values()].map((run) => ({
    key: `withheld ${run.taskId}`,
    kind: 'withheld',
    tone: 'warn',
    title: t('overview.withheld', { task: nameOf(run.taskId) }),
    detail: t.said(run.reason?.text ?? ''),
    advice: t('overview.withheldAdvice'),
    at: Date.parse(run.dueAt),
    link: { path: ['runs', run.id], label: t('overview.toRun') },
  }));
}

function conflictLooks({ tasks }: LookSources, t: Translate): Look[] {
  return tasks
    .filter((task) => task.conflicts.length > 0)
    .map((task) => ({
      key: `conflict ${task.id}`,
      kind: 'conflict',
      tone: 'warn',
      title: t('overview.conflict', { task: task.name }),
      detail: t('overview.conflictParts', { parts: task.conflicts.map((facet) => t(`task.${facet}`)).join(', ') }),
      advice: t('overview.conflictAdvice'),
      at: undefined,
      link: { path: ['tasks', task.id], query: { tab: 'conflicts' }, label: t('overview.toConflict') },
    }));
}

function endOf(run: RunRecordOutput): string {
  return run.finishedAt ?? run.recordedAt;
}
