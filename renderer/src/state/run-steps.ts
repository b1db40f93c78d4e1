/** The way of one run from its nominal instant to its end, for the side panel. */
import type { RunRecordOutput } from '../../../core/api/run-schemas.ts';
import { durationText } from '../format/duration.ts';
import { RUN_LOOKS, type Tone, isActive, isFinal } from '../format/run-state.ts';

export interface RunStep {
  readonly label: string;
  /** Epoch milliseconds; undefined when it has not come to this. */
  readonly at: number | undefined;
  /** What it took since the step before. */
  readonly note: string;
  readonly tone: Tone;
  /** The run is at this step now. */
  readonly current: boolean;
}

/** Nominal → due → claimed → started → finished; steps that will never come are left out. */
export function stepsOf(run: RunRecordOutput): readonly RunStep[] {
  const nominal = Date.parse(run.nominalAt);
  const due = Date.parse(run.dueAt);
  const claimed = parse(run.claimedAt);
  const started = parse(run.startedAt);
  const finished = parse(run.finishedAt);
  const over = isFinal(run.state);
  const reached = finished ?? started ?? claimed ?? due;
  const step = (label: string, at: number | undefined, note: string, tone: Tone = 'quiet'): RunStep => ({
    label,
    at,
    note,
    tone,
    current: !over && at === reached && at !== undefined,
  });
  const steps = [step('Nominal', nominal, causeText(run)), step('Due', due, dueNote(run, due - nominal))];
  if (claimed !== undefined || !over) {
    const token = run.fencingToken === null ? '' : `fencing token ${run.fencingToken}`;
    steps.push(step('Claimed', claimed, claimed === undefined ? '' : sinceNote(claimed - due, token)));
  }
  if (started !== undefined || !over) {
    steps.push(
      step('Started', started, started === undefined ? '' : sinceNote(started - (claimed ?? due), ''), 'live'),
    );
  }
  if (over) {
    const look = RUN_LOOKS[run.state];
    const note = finished !== undefined && started !== undefined ? `after ${durationText(finished - started)}` : '';
    steps.push(step(look.label, finished ?? Date.parse(run.recordedAt), note, look.tone));
  } else {
    steps.push(step('Finished', undefined, ''));
  }
  const currentIndex = steps.findLastIndex((candidate) => candidate.current);
  return steps.map((candidate, index) => ({ ...candidate, current: index === currentIndex }));
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

export function causeText(run: RunRecordOutput): string {
  switch (run.cause.kind) {
    case 'schedule':
      return 'by its schedule';
    case 'catch-up':
      return 'made up for later';
    case 'manual':
      return 'by hand';
  }
}

function dueNote(run: RunRecordOutput, delayMs: number): string {
  if (delayMs <= 0) return 'at once';
  return `${durationText(delayMs)} later, by ${run.attempt > 1 ? 'the retry policy' : 'jitter'}`;
}

function sinceNote(lengthMs: number, more: string): string {
  const text = lengthMs < 0 ? '' : `+ ${durationText(lengthMs)}`;
  return [text, more].filter((part) => part !== '').join(', ');
}

function parse(text: string | null): number | undefined {
  return text === null ? undefined : Date.parse(text);
}
