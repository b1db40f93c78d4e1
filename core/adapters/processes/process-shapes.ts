/**
 * The shapes of what launcher and agent read from files and from each other. Files may be damaged, and the other side may
 * be of another version: what does not fit is as if it were not there, and never reaches the run logs. Written out by
 * hand, because the launcher stays small without a library for schemas.
 */
import { LIMITS } from '../../config/constants.ts';
import { LATEST_INSTANT } from '../../domain/instant.ts';
import type { RunId } from '../../domain/ids.ts';
import type { ProcessEvent, ProcessOutcome } from '../../ports/process-runner.ts';
import type { AgentMessage, HeldRun, LauncherMessage, LaunchMessage } from './launcher-protocol.ts';
import type { RunEnding, RunMeta } from './run-folder.ts';

const RUN_ID = /^[a-z2-7]{20}$/;
const ERROR_CODE = /^[A-Z][A-Z_]{0,63}$/;
const SIGNAL_LENGTH = 32;
const ACTIONS: ReadonlySet<unknown> = new Set(['command', 'shell', 'http']);

export function isRunId(value: unknown): value is RunId {
  return typeof value === 'string' && RUN_ID.test(value);
}

/** How a run ended, as its folder or its launcher tells; fields that are not known are left out. */
export function isRunEnding(value: unknown): value is RunEnding {
  if (!isRecord(value)) return false;
  const { type, outcome, code, text } = value;
  if (type === 'vanished') return true;
  if (type === 'not-started') return isErrorCode(code) && typeof text === 'string';
  return type === 'ended' && isOutcome(outcome);
}

/** What was started, as far as anyone reads it back: the process and its start. */
export function isRunMeta(value: unknown): value is RunMeta {
  if (!isRecord(value)) return false;
  return isOptional(value['pid'], isPid) && isOptional(value['startTime'], isText);
}

export function isAgentMessage(value: unknown): value is AgentMessage {
  if (!isRecord(value)) return false;
  switch (value['type']) {
    case 'hello':
      return isCount(value['version']) && isTexts(value['environment']);
    case 'launch':
      return isLaunch(value['spec']);
    case 'terminate':
      return isRunId(value['runId']) && isCount(value['graceMs']);
    default:
      // A newer agent may say more; what is not understood is left undone.
      return typeof value['type'] === 'string';
  }
}

export function isLauncherMessage(value: unknown): value is LauncherMessage {
  if (!isRecord(value)) return false;
  switch (value['type']) {
    case 'hello':
      return isCount(value['version']) && Array.isArray(value['runs']) && value['runs'].every(isHeldRun);
    case 'event':
      return isEvent(value['event']);
    default:
      return typeof value['type'] === 'string';
  }
}

function isEvent(value: unknown): value is ProcessEvent {
  if (!isRecord(value) || !isRunId(value['runId'])) return false;
  const { type, pid, startedAt, fraction } = value;
  if (type === 'started') return isOptional(pid, isPid) && isInstant(startedAt);
  if (type === 'progress') return typeof fraction === 'number' && fraction >= 0 && fraction <= 1;
  return isRunEnding(value);
}

function isHeldRun(value: unknown): value is HeldRun {
  return isRecord(value) && isRunId(value['runId']) && isOptional(value['pid'], isPid) && isInstant(value['startedAt']);
}

/** The action itself was checked by the agent, against the schema that the launcher does not have. */
function isLaunch(value: unknown): value is LaunchMessage {
  if (!isRecord(value)) return false;
  const { runId, taskId, action, environment, description, timeoutMs, killGraceMs, outputLimitBytes } = value;
  if (!isRunId(runId) || !isText(taskId) || !isRecord(action) || !ACTIONS.has(action['type'])) return false;
  if (!isTexts(environment) || !isText(description) || !isOptional(value['secrets'], isTexts)) return false;
  return isOptional(timeoutMs, isCount) && isCount(killGraceMs) && isCount(outputLimitBytes);
}

function isOutcome(value: unknown): value is ProcessOutcome {
  if (!isRecord(value)) return false;
  const { exitCode, signal, result, failure, startedAt, finishedAt, outputBytes, outputDroppedBytes } = value;
  if (!isInstant(startedAt) || !isInstant(finishedAt)) return false;
  if (!isCount(outputBytes) || !isCount(outputDroppedBytes)) return false;
  if (typeof value['timedOut'] !== 'boolean' || typeof value['cancelled'] !== 'boolean') return false;
  if (!isOptional(exitCode, Number.isSafeInteger) || !isOptional(signal, isSignal)) return false;
  return isOptional(result, isResult) && isOptional(failure, isFailure);
}

function isFailure(value: unknown): boolean {
  return isRecord(value) && isErrorCode(value['code']) && isText(value['text']);
}

/** Its form: a launcher of the next version may know more codes. */
function isErrorCode(value: unknown): value is string {
  return typeof value === 'string' && ERROR_CODE.test(value);
}

function isSignal(value: unknown): boolean {
  return isText(value) && value.length <= SIGNAL_LENGTH;
}

function isResult(value: unknown): boolean {
  return isText(value) && Buffer.byteLength(value) <= LIMITS.resultBytes;
}

function isInstant(value: unknown): value is number {
  return isCount(value) && value <= LATEST_INSTANT;
}

function isPid(value: unknown): boolean {
  return isCount(value) && value > 0;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isTexts(value: unknown): value is Record<string, string> {
  return isRecord(value) && Object.values(value).every(isText);
}

function isOptional(value: unknown, check: (value: unknown) => boolean): boolean {
  return value === undefined || check(value);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
