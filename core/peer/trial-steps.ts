/**
 * Trials: a definition that is not saved is stored as a task of its own, signed like any other, run once where a person
 * says, and deleted when that run has ended. What is left of an earlier life of the agent is deleted when it is active
 * again, and everything after `TIMES.trialMs`. Who made a trial deletes it; for a machine that is gone, or no editor any
 * more, the first of the editors that are there.
 */
import { LIMITS, TIMES } from '../config/constants.ts';
import { parametersOf } from '../domain/action.ts';
import type { MachineId, TaskId } from '../domain/ids.ts';
import { resolveParameters } from '../domain/parameter.ts';
import type { Task } from '../domain/task.ts';
import { isTrial, trialIds, trialOf } from '../domain/trial.ts';
import { mayDo, neededFor } from '../security/permissions.ts';
import { err, ok } from '../std/result.ts';
import { noteAudit } from './audit-steps.ts';
import type { CommandOf } from './commands.ts';
import { editDocument } from './document-steps.ts';
import { failWith, refuse } from './join-steps.ts';
import { openOfTask } from './occurrence-list.ts';
import { nameOf } from './occurrence-notes.ts';
import { startByHand } from './run-by-hand.ts';
import { emit, isSelfOrAlive, type PeerState, type Turn } from './state.ts';

/** How long an id is kept for a trial that is being stored, and how often deleting one is tried. */
const PATIENCE_MS = 5000;

/** PARAMETER_INVALID, LIMIT_EXCEEDED, NO_ELIGIBLE_MACHINE, and whatever the document has against the definition. */
export function tryTask(turn: Turn, requestId: string, command: CommandOf<'try-task'>): void {
  const { state } = turn;
  const { definition, machine, parameters } = command;
  const values = resolveParameters(parametersOf(definition.action), parameters);
  if (!values.ok) return emit(turn, { type: 'reply', requestId, outcome: values });
  const id = freeId(turn);
  if (id === undefined) {
    const message = `${LIMITS.trialsPerMachine} definitions are being tried from this machine already`;
    return refuse(turn, requestId, 'LIMIT_EXCEEDED', message);
  }
  const trial = trialOf(definition, id, machine);
  const reason = state.ring.reasonAgainst(trial, machine);
  if (reason !== undefined) {
    const message = `${nameOf(turn, machine)} cannot run "${definition.id}": ${reason}`;
    return refuse(turn, requestId, 'NO_ELIGIBLE_MACHINE', message);
  }
  state.trials.set(id, turn.nowMs);
  editDocument(turn, requestId, [{ kind: 'put-task', definition: trial, mode: 'create' }], {
    finish: (later) => {
      const task = later.state.tasks.get(id);
      if (task === undefined)
        return refuse(later, requestId, 'TASK_NOT_FOUND', `the trial "${id}" was deleted at once`);
      const started = startByHand(later, task, machine, parameters);
      if (!started.ok) return emit(later, { type: 'reply', requestId, outcome: err(started.error) });
      const detail = `tried "${definition.id}" on ${nameOf(later, machine)}`;
      noteAudit(later, 'run-by-hand', { by: later.state.self, subject: id, detail });
      const value = { taskId: id, occurrenceIds: started.value };
      emit(later, { type: 'reply', requestId, outcome: ok(value) });
    },
    fail: failWith(requestId),
  });
}

/** A task came, or is another one now. */
export function watchTrial({ state, nowMs }: Turn, task: Task): void {
  if (!isTrial(task)) state.trials.delete(task.id);
  else if (!state.trials.has(task.id)) state.trials.set(task.id, nowMs - PATIENCE_MS);
}

/** Deletes trials that have ended. Cheap: there are few. */
export function sweepTrials(turn: Turn): void {
  const { state } = turn;
  if (state.phase !== 'active' || state.storageTrouble !== undefined) return;
  for (const [id, sinceMs] of state.trials) {
    if (turn.nowMs - sinceMs < PATIENCE_MS) continue;
    const task = state.tasks.get(id);
    if (task === undefined) state.trials.delete(id);
    else if (isOver(turn, task) && keeperOf(state, task) === state.self) {
      state.trials.set(id, turn.nowMs);
      editDocument(turn, `trial:${id}`, [{ kind: 'delete-task', id }], UNANSWERED);
    }
  }
}

/** Nobody waits for it; when it comes to nothing it is tried again. */
const UNANSWERED = { finish: () => undefined, fail: () => undefined };

function isOver({ state, wallMs }: Turn, { id, createdAt, origins }: Task): boolean {
  if (wallMs >= createdAt + TIMES.trialMs) return true;
  return origins.about.author === state.self && !isBusy(state, id);
}

function isBusy(state: PeerState, id: TaskId): boolean {
  return state.activeByTask.has(id) || openOfTask(state, id).length > 0;
}

function keeperOf(state: PeerState, { origins }: Task): MachineId | undefined {
  const mayDelete = (id: MachineId): boolean => mayDo(state.roster.get(id), neededFor('change-tasks'));
  const { author } = origins.about;
  const editors = [...state.roster.keys()].filter((id) => mayDelete(id) && isSelfOrAlive(state, id)).sort();
  return editors.includes(author) ? author : editors[0];
}

function freeId({ state, nowMs }: Turn): TaskId | undefined {
  return trialIds(state.self).find((id) => {
    const sinceMs = state.trials.get(id) ?? -Infinity;
    return !state.tasks.has(id) && !isBusy(state, id) && nowMs - sinceMs >= PATIENCE_MS;
  });
}
