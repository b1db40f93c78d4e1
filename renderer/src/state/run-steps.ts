/** The way of one run from its nominal instant to its end, with the reason of each step in words. */
import type { RunRecordOutput } from '../../../core/api/run-schemas.ts';
import { durationText } from '../format/duration.ts';
import { RUN_LOOKS, type Tone, isActive, isFinal } from '../format/run-state.ts';
import type { Translate } from '../i18n/language.svelte.ts';

export interface RunStep {
  readonly key: 'nominal' | 'due' | 'waiting' | 'claimed' | 'started' | 'end';
  readonly label: string;
  /** Epoch milliseconds; undefined when it has not come to this. */
  readonly at: number | undefined;
  /** How long after the step before, in milliseconds. */
  readonly afterMs: number | undefined;
  /** Why, by whom, with what: short sentences. */
  readonly notes: readonly string[];
  readonly tone: Tone;
  /** The run is at this step now. */
  readonly current: boolean;
}

export interface StepSources {
  /** The attempt before this one. */
  readonly previous: RunRecordOutput | undefined;
  readonly machineName: (id: string) => string;
}

type Draft = Omit<RunStep, 'afterMs' | 'current'>;

/** A claim later than this after the due instant has waited for something. */
const WAITED_MS = 1000;
const ON_TIME_MS = 100;

/** Nominal → due → (waits) → claimed → started → finished; steps that will never come are left out. */
export function stepsOf(run: RunRecordOutput, sources: StepSources, t: Translate): readonly RunStep[] {
  const over = isFinal(run.state);
  const waits = RUN_LOOKS[run.state].group === 'waiting' && run.state !== 'due';
  const due = Date.parse(run.dueAt);
  const claimed = parse(run.claimedAt);
  const started = parse(run.startedAt);
  const drafts: Draft[] = [
    {
      key: 'nominal',
      label: t('run.nominal'),
      at: Date.parse(run.nominalAt),
      notes: causeNotes(run, sources, t),
      tone: 'quiet',
    },
    { key: 'due', label: t('run.due'), at: due, notes: dueNotes(run, sources, t), tone: 'quiet' },
  ];
  if (waits) {
    const notes = run.reason === null ? [] : [t.said(run.reason.text)];
    drafts.push({
      key: 'waiting',
      label: t(`states.${run.state}`),
      at: Date.parse(run.recordedAt),
      notes,
      tone: RUN_LOOKS[run.state].tone,
    });
  }
  if (claimed !== undefined || !over) {
    drafts.push({
      key: 'claimed',
      label: t('run.claimed'),
      at: claimed,
      notes: claimNotes(run, claimed, due, t),
      tone: 'quiet',
    });
  }
  if (started !== undefined || !over) {
    drafts.push({ key: 'started', label: t('run.started'), at: started, notes: [], tone: 'live' });
  }
  drafts.push(over ? endOf(run, t) : { key: 'end', label: t('run.finished'), at: undefined, notes: [], tone: 'quiet' });
  const current = over ? -1 : drafts.findLastIndex((draft) => draft.at !== undefined);
  return drafts.map((draft, index) => ({ ...draft, current: index === current, afterMs: afterOf(drafts, index) }));
}

/** Attempts in their order; those of the same number by the instant at which they started. */
export function compareAttempts(a: RunRecordOutput, b: RunRecordOutput): number {
  return a.attempt - b.attempt || (a.startedAt ?? a.dueAt).localeCompare(b.startedAt ?? b.dueAt);
}

/** How long it has run, or ran; undefined before it started. */
export function elapsedMs(run: RunRecordOutput, now: number): number | undefined {
  const started = parse(run.startedAt);
  if (started === undefined) return undefined;
  const end = parse(run.finishedAt) ?? (isActive(run.state) ? now : undefined);
  return end === undefined ? undefined : Math.max(0, end - started);
}

/** Start less due instant; undefined before it started. */
export function latenessMs(run: RunRecordOutput): number | undefined {
  const started = parse(run.startedAt);
  return started === undefined ? undefined : started - Date.parse(run.dueAt);
}

/** How late it started, in words: `on time` within a tenth of a second. */
export function latenessWords(lateMs: number, t: Translate): string {
  if (Math.abs(lateMs) < ON_TIME_MS) return t('runs.onTime');
  return t(lateMs > 0 ? 'runs.late' : 'runs.early', { time: durationText(Math.abs(lateMs)) });
}

/** Why there is this run. */
export function causeNotes(
  run: RunRecordOutput,
  { machineName }: Pick<StepSources, 'machineName'>,
  t: Translate,
): string[] {
  const { cause } = run;
  if (cause.kind === 'schedule') return [t('run.bySchedule')];
  if (cause.kind === 'catch-up') return [t('run.byCatchUp')];
  if (cause.kind === 'machine-start') return [t('run.byMachineStart', { machine: machineName(cause.machine ?? '') })];
  if (cause.after !== undefined) {
    return [t('run.byEndOf', { task: cause.after.taskId, state: t(`states.${cause.after.state}`) })];
  }
  const by = cause.by === undefined ? t('run.byHand') : t('run.byHandOn', { machine: machineName(cause.by) });
  return cause.on === undefined ? [by] : [by, t('run.onlyOn', { machine: machineName(cause.on) })];
}

function dueNotes(run: RunRecordOutput, { previous, machineName }: StepSources, t: Translate): string[] {
  if (previous !== undefined && run.attempt > 1) {
    const why = t.said(previous.reason?.text ?? '');
    const machine = previous.machineName ?? machineName(previous.machineId);
    if (previous.state === 'lost') return [t('run.tookOver', { machine, why })];
    return [t('run.retryOf', { number: previous.attempt, state: t(`states.${previous.state}`), why })];
  }
  const delayMs = Date.parse(run.dueAt) - Date.parse(run.nominalAt);
  if (delayMs <= 0) return [];
  return [run.attempt > 1 ? t('run.byBackoff') : t('run.byJitter')];
}

function claimNotes(run: RunRecordOutput, claimed: number | undefined, due: number, t: Translate): string[] {
  if (claimed === undefined) return [];
  const notes = [t('run.claimedBy', { machine: run.machineName ?? t('runs.unknownMachine') })];
  if (claimed - due >= WAITED_MS) notes.push(t('run.waited', { time: durationText(claimed - due) }));
  if (run.fencingToken !== null) notes.push(t('run.token', { token: run.fencingToken }));
  return notes;
}

function endOf(run: RunRecordOutput, t: Translate): Draft {
  const notes = run.reason === null ? [] : [t.said(run.reason.text)];
  if (run.exitCode !== null && run.reason === null) notes.push(t('run.exitCode', { code: run.exitCode }));
  if (run.next !== null) notes.push(t('run.followedBy', { number: run.next.attempt }));
  const at = parse(run.finishedAt) ?? Date.parse(run.recordedAt);
  return { key: 'end', label: t(`states.${run.state}`), at, notes, tone: RUN_LOOKS[run.state].tone };
}

function afterOf(drafts: readonly Draft[], index: number): number | undefined {
  const at = drafts[index]?.at;
  const before = drafts.slice(0, index).findLast((draft) => draft.at !== undefined)?.at;
  return at === undefined || before === undefined ? undefined : at - before;
}

function parse(text: string | null): number | undefined {
  return text === null ? undefined : Date.parse(text);
}
