/** Output of runs: read from whichever machine holds it, and copied to two successors when a run has ended. */
import { LIMITS, TIMES } from '../config/constants.ts';
import type { MachineId, RunId } from '../domain/ids.ts';
import { areSpansWithin, type OutputSpan } from '../domain/output-spans.ts';
import type { OutputChunk } from '../ports/output-store.ts';
import type { PeerMessageOf } from '../protocol/messages.ts';
import { appError } from '../std/app-error.ts';
import { err, ok } from '../std/result.ts';
import { nameOf, noteAudit } from './audit-steps.ts';
import { beginFor, endFor } from './fair-share.ts';
import { emit, type OutputCopy, type Turn } from './state.ts';

const COPIES_AT_ONCE = 64;
/** The record of a run comes on its own way: how often it is looked for, and how far apart. */
const LOOKS = 5;
const LOOK_AGAIN_MS = 2000;
const NOTHING = { data: new Uint8Array(), size: 0, complete: false, errors: undefined };

/** A host wants output: this machine first, then the executor, then whoever else may hold a copy. */
export function readOutput(
  turn: Turn,
  requestId: string,
  run: { readonly id: RunId; readonly executor: MachineId | undefined },
  offset: number,
  limit: number,
): void {
  const { state } = turn;
  const rest = [...state.connected].sort((a, b) => (a === run.executor ? -1 : b === run.executor ? 1 : a < b ? -1 : 1));
  state.quests.set(requestId, { runId: run.id, offset, limit, asked: undefined, rest });
  emit(turn, { type: 'read-output', requestId, to: undefined, runId: run.id, offset, limit });
}

/** The local store has answered: for a host's request, or for a peer's. */
export function onOutputRead(
  turn: Turn,
  requestId: string,
  to: MachineId | undefined,
  runId: RunId,
  chunk: OutputChunk | undefined,
): void {
  if (to === undefined) return chunk === undefined ? askNext(turn, requestId) : reply(turn, requestId, chunk);
  endFor(turn.state.outputReads, to);
  const found = chunk !== undefined;
  const { data, offset, size, complete, errors } = chunk ?? { ...NOTHING, offset: 0 };
  emit(turn, {
    type: 'send',
    to,
    message: {
      type: 'output-chunk',
      requestId,
      runId,
      found,
      data,
      offset,
      size,
      complete,
      ...(errors === undefined ? {} : { errors: errors.map(([start, end]): [number, number] => [start, end]) }),
    },
  });
}

export function onOutputReadMessage(turn: Turn, from: MachineId, message: PeerMessageOf<'output-read'>): void {
  const { requestId, runId, offset, limit } = message;
  // Whoever asks for that much at once is not answered, and asks again or elsewhere.
  if (!beginFor(turn.state.outputReads, from, LIMITS.outputReadsPerPeer)) return;
  emit(turn, { type: 'read-output', requestId, to: from, runId, offset, limit });
}

export function onOutputChunk(turn: Turn, from: MachineId, message: PeerMessageOf<'output-chunk'>): void {
  const { state } = turn;
  const copy = state.keeping.get(message.requestId);
  // What comes before it was asked for is nothing.
  if (copy?.lookedUp === 0 && copy.from === from) return keepChunk(turn, message, copy);
  const quest = state.quests.get(message.requestId);
  if (quest === undefined || quest.asked !== from || quest.runId !== message.runId) return;
  if (!message.found) return askNext(turn, message.requestId);
  const { data, offset, size, complete } = message;
  const errors = errorsOf(message);
  reply(turn, message.requestId, { data, offset, size, complete, ...(errors.length === 0 ? {} : { errors }) });
}

/** An executor asks us to keep a copy of a run's output. */
export function onOutputKeep(turn: Turn, from: MachineId, message: PeerMessageOf<'output-keep'>): void {
  const { state } = turn;
  if (state.keeping.size >= COPIES_AT_ONCE || state.storageTrouble !== undefined) return;
  if (copiesOf(turn, from) >= LIMITS.outputCopiesPerPeer) return;
  if (state.roster.get(from)?.roles.includes('executor') !== true) return noteCopy(turn, from, 'it may run nothing');
  if (message.size > LIMITS.outputBytes) return noteCopy(turn, from, `${message.size} bytes are no output`);
  const requestId = `keep:${message.runId}`;
  if (state.keeping.has(requestId)) return;
  const copy = { from, runId: message.runId, offset: 0, lookedUp: 0 };
  state.keeping.set(requestId, copy);
  beginCopy(turn, requestId, copy);
}

/** Only what a run of theirs wrote is kept for others; as long as its record is still on its way, it is waited for. */
function beginCopy(turn: Turn, requestId: string, copy: OutputCopy): void {
  const { state } = turn;
  const { from, runId } = copy;
  copy.lookedUp += 1;
  const machine = turn.history.machineOf(runId);
  if (machine === from) {
    copy.lookedUp = 0;
    return readForCopy(turn, requestId, from, runId, 0);
  }
  if ((machine === undefined || machine === 'unreadable') && copy.lookedUp < LOOKS) {
    return state.timers.set(`request:${requestId}`, turn.nowMs + LOOK_AGAIN_MS);
  }
  state.keeping.delete(requestId);
  noteCopy(turn, from, machine === undefined ? 'nobody knows of the run' : 'the run is not of this machine');
}

function copiesOf({ state }: Turn, from: MachineId): number {
  let copies = 0;
  for (const copy of state.keeping.values()) if (copy.from === from) copies += 1;
  return copies;
}

function keepChunk(turn: Turn, message: PeerMessageOf<'output-chunk'>, copy: OutputCopy): void {
  const { state } = turn;
  state.timers.clear(`request:${message.requestId}`);
  const end = message.offset + message.data.length;
  const fault = message.found ? faultOfChunk(message, copy.offset, end) : undefined;
  if (fault !== undefined) {
    state.keeping.delete(message.requestId);
    return noteCopy(turn, copy.from, fault);
  }
  copy.offset = end;
  const done = !message.found || message.data.length === 0 || end >= message.size;
  if (message.found) {
    emit(turn, {
      type: 'keep-output',
      runId: copy.runId,
      offset: message.offset,
      data: message.data,
      complete: done && message.complete,
      errors: errorsOf(message),
    });
  }
  if (done) state.keeping.delete(message.requestId);
  else readForCopy(turn, message.requestId, copy.from, copy.runId, end);
}

/** Marks that do not fit the bytes say nothing; the bytes are good without them. */
function errorsOf({ data, errors = [] }: PeerMessageOf<'output-chunk'>): readonly OutputSpan[] {
  return areSpansWithin(errors, data.length) ? errors : [];
}

/** What is copied comes in order, and ends: whatever its sender says of its size. */
function faultOfChunk(message: PeerMessageOf<'output-chunk'>, expected: number, end: number): string | undefined {
  if (message.offset !== expected) return `bytes from ${message.offset} on came for those from ${expected} on`;
  return end > LIMITS.outputBytes ? `it goes on beyond ${LIMITS.outputBytes} bytes` : undefined;
}

function noteCopy(turn: Turn, by: MachineId, fault: string): void {
  const detail = `the copy of an output was given up: ${fault}`;
  noteAudit(turn, 'message-rejected', { by, subject: nameOf(turn.state, by), detail });
}

function readForCopy(turn: Turn, requestId: string, to: MachineId, runId: RunId, offset: number): void {
  turn.state.timers.set(`request:${requestId}`, turn.nowMs + 5 * TIMES.claimAnswerMs);
  const limit = LIMITS.outputChunkBytes;
  emit(turn, { type: 'send', to, message: { type: 'output-read', requestId, runId, offset, limit } });
}

/** No answer in time: a copy is given up, a quest goes on to the next machine. */
export function onOutputTimeout(turn: Turn, requestId: string): void {
  const copy = turn.state.keeping.get(requestId);
  if (copy !== undefined && copy.lookedUp > 0) return beginCopy(turn, requestId, copy);
  if (turn.state.keeping.delete(requestId)) return;
  if (turn.state.quests.has(requestId)) askNext(turn, requestId);
}

function askNext(turn: Turn, requestId: string): void {
  const { state } = turn;
  const quest = state.quests.get(requestId);
  if (quest === undefined) return;
  const next = quest.rest.shift();
  if (next === undefined) {
    state.quests.delete(requestId);
    const error = appError(
      'OUTPUT_NOT_AVAILABLE',
      `no machine that can be reached holds the output of run ${quest.runId}`,
    );
    return emit(turn, { type: 'reply-output', requestId, outcome: err(error) });
  }
  quest.asked = next;
  state.timers.set(`request:${requestId}`, turn.nowMs + 2 * TIMES.claimAnswerMs);
  const { runId, offset, limit } = quest;
  emit(turn, { type: 'send', to: next, message: { type: 'output-read', requestId, runId, offset, limit } });
}

function reply(turn: Turn, requestId: string, chunk: OutputChunk): void {
  turn.state.quests.delete(requestId);
  turn.state.timers.clear(`request:${requestId}`);
  emit(turn, { type: 'reply-output', requestId, outcome: ok(chunk) });
}
