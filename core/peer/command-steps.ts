/** What people and programs ask for. Checked here against what is known; the document has the last word on edits. */
import { TIMES } from '../config/constants.ts';
import type { DocumentEdit } from '../document/document-protocol.ts';
import type { MachineId } from '../domain/ids.ts';
import type { Role } from '../domain/machine.ts';
import type { Task, TaskDefinition } from '../domain/task.ts';
import { findChainFault } from '../scheduling/chain-validation.ts';
import { findParameterFault } from '../scheduling/parameter-validation.ts';
import { validateSchedule } from '../scheduling/schedule-validation.ts';
import type { PeerMessageOf } from '../protocol/messages.ts';
import { err, ok } from '../std/result.ts';
import { unreachable } from '../std/assert.ts';
import { ANYWHERE, carryOutAdmission, FOUNDING, isAdmission } from './admission-commands.ts';
import { changedFacets, noteCancelled, noteEdit, notePutTasks, noteRunByHand, type PutTask } from './audit-notes.ts';
import { noteAudit } from './audit-steps.ts';
import { editTasks } from './bulk-steps.ts';
import { deleteCalendar, putCalendar } from './calendar-steps.ts';
import { deleteChannel, putChannel, unknownChannel } from './channel-steps.ts';
import { testChannel } from './notice-steps.ts';
import type { Command, CommandOf, CommandOutcome } from './commands.ts';
import { editDocument } from './document-steps.ts';
import { alreadyIn, failWith, refuse } from './join-steps.ts';
import { startByHand } from './run-by-hand.ts';
import { mayNotStart } from './roster-steps.ts';
import { requestCancel } from './run-steps.ts';
import { deleteSecret, scopeSecret, setSecret } from './secret-steps.ts';
import { emit, type Turn } from './state.ts';
import { tryTask } from './trial-steps.ts';
import { refusalOfCommand, refusalOfLoss, rolesPatch } from './trust-steps.ts';

const COMMAND_TIMEOUT_MS = 5 * TIMES.claimAnswerMs;

export function onCommand(turn: Turn, requestId: string, command: Command): void {
  const { state } = turn;
  if (state.phase === 'stopping') return refuse(turn, requestId, 'STOPPING', 'the agent is shutting down');
  if (state.phase === 'opening') return refuse(turn, requestId, 'BUSY', 'the document is still being opened');
  const founding = FOUNDING.has(command.kind);
  const inCluster = state.cluster !== undefined || state.joined !== undefined;
  // Whom its cluster does not let in may be let in again, by another invitation.
  const again = command.kind !== 'create-cluster' && mayNotStart(state);
  if (founding && inCluster && !again) return alreadyIn(turn, requestId);
  if (!founding && !ANYWHERE.has(command.kind) && state.cluster === undefined) {
    const why = inCluster ? 'the cluster’s document has not arrived yet' : 'this machine belongs to no cluster yet';
    return refuse(turn, requestId, 'NO_CLUSTER', why);
  }
  if (state.storageTrouble !== undefined && command.kind !== 'cancel-run') {
    return refuse(turn, requestId, 'STORAGE_FULL', 'nothing can be stored on this machine at the moment');
  }
  const refusal = founding ? undefined : refusalOfCommand(state, command.kind);
  if (refusal !== undefined) {
    noteAudit(turn, 'api-refused', { by: state.self, subject: command.kind, detail: refusal.message });
    return emit(turn, { type: 'reply', requestId, outcome: err(refusal) });
  }
  carryOut(turn, requestId, command);
}

function carryOut(turn: Turn, requestId: string, command: Command): void {
  if (isAdmission(command)) return carryOutAdmission(turn, requestId, command);
  switch (command.kind) {
    case 'put-tasks':
      return putTasks(turn, requestId, command);
    case 'delete-task':
      return editTask(turn, requestId, command.id, { kind: 'delete-task', id: command.id });
    case 'restore-task':
      return edit(turn, requestId, { kind: 'restore-task', id: command.id }, { id: command.id });
    case 'suspend-task':
      return editTask(turn, requestId, command.id, {
        kind: 'suspend-task',
        id: command.id,
        suspended: command.suspended,
      });
    case 'edit-tasks':
      return editTasks(turn, requestId, command);
    case 'settle-conflict': {
      const { id, facet, chosen } = command;
      return editTask(turn, requestId, id, { kind: 'settle-conflict', id, facet, chosen });
    }
    case 'run-task':
      return runTask(turn, requestId, command);
    case 'try-task':
      return tryTask(turn, requestId, command);
    case 'cancel-run':
      return cancelRun(turn, requestId, command);
    case 'set-secret':
      return setSecret(turn, requestId, command);
    case 'scope-secret':
      return scopeSecret(turn, requestId, command);
    case 'delete-secret':
      return deleteSecret(turn, requestId, command);
    case 'put-calendar':
      return putCalendar(turn, requestId, command);
    case 'delete-calendar':
      return deleteCalendar(turn, requestId, command);
    case 'put-channel':
      return putChannel(turn, requestId, command);
    case 'delete-channel':
      return deleteChannel(turn, requestId, command);
    case 'test-channel':
      return testChannel(turn, requestId, command);
    case 'rename-machine':
      return patchMachine(turn, requestId, command.id, { name: command.name });
    case 'label-machine':
      return patchMachine(turn, requestId, command.id, { labels: command.labels });
    case 'drain-machine':
      return patchMachine(turn, requestId, command.id, { drained: command.drained });
    case 'remove-machine':
      return removeMachine(turn, requestId, command);
    case 'set-roles':
      return setRoles(turn, requestId, command);
    default:
      return unreachable(command);
  }
}

/** Ids that tasks made anew may not have: the console's page of the task could not be reached. */
const RESERVED_IDS: ReadonlySet<string> = new Set(['new', 'import']);

function putTasks(turn: Turn, requestId: string, command: CommandOf<'put-tasks'>): void {
  const { state } = turn;
  const before = new Map<string, Task>();
  for (const [index, definition] of command.definitions.entries()) {
    const schedule = validateSchedule(definition.schedule, state.calendarBook);
    if (!schedule.ok) {
      const { code, message, field } = schedule.error;
      const at = command.definitions.length === 1 ? '' : `[${index}].`;
      return refuse(turn, requestId, code, `task ${definition.id}: ${message}`, `${at}${field ?? 'schedule'}`);
    }
    const parameter = findParameterFault(definition);
    if (parameter !== undefined) {
      const { code, message, field } = parameter;
      const at = command.definitions.length === 1 ? '' : `[${index}].`;
      return refuse(turn, requestId, code, `task ${definition.id}: ${message}`, `${at}${field ?? 'action.parameters'}`);
    }
    const known = state.tasks.get(definition.id);
    const missing = unknownChannel(state, definition, known);
    if (missing !== undefined) {
      const message = `task ${definition.id}: there is no channel "${missing}"`;
      return refuse(turn, requestId, 'CHANNEL_NOT_FOUND', message, 'notify');
    }
    if (known !== undefined) before.set(definition.id, known);
    else if (RESERVED_IDS.has(definition.id)) {
      const message = `no task may be called "${definition.id}": at that address the console has a page of its own`;
      return refuse(turn, requestId, 'INVALID_INPUT', message, 'id');
    }
  }
  const chain = findChainFault(command.definitions, (id) => state.tasks.get(id)?.schedule);
  if (chain !== undefined) {
    const { code, message, field } = chain.error;
    const at = command.definitions.length === 1 ? '' : `[${chain.index}].`;
    const { id } = command.definitions[chain.index] as TaskDefinition;
    return refuse(turn, requestId, code, `task ${id}: ${message}`, `${at}${field ?? 'schedule'}`);
  }
  const { mode, expectRevisions } = command;
  const edits = command.definitions.map((definition): DocumentEdit => ({
    kind: 'put-task',
    definition,
    mode,
    ...(expectRevisions === undefined ? {} : { expectRevisions }),
  }));
  editDocument(turn, requestId, edits, {
    finish: (later) => {
      const put: PutTask[] = [];
      const tasks = command.definitions.map(({ id }) => {
        const after = later.state.tasks.get(id);
        const was = before.get(id);
        const same = was !== undefined && after !== undefined && changedFacets(was, after).length === 0;
        if (after !== undefined && !same) put.push({ before: was, after });
        if (was === undefined) return { id, outcome: 'created' as const };
        return { id, outcome: same ? ('unchanged' as const) : ('changed' as const) };
      });
      notePutTasks(later, put);
      emit(later, { type: 'reply', requestId, outcome: ok({ tasks }) });
    },
    fail: failWith(requestId),
  });
}

function editTask(turn: Turn, requestId: string, id: Task['id'], change: DocumentEdit): void {
  if (!turn.state.tasks.has(id)) return refuse(turn, requestId, 'TASK_NOT_FOUND', `there is no task "${id}"`);
  edit(turn, requestId, change, { id });
}

function edit(
  turn: Turn,
  requestId: string,
  change: DocumentEdit,
  value: { id: Task['id'] } | { id: MachineId; roles?: readonly Role[] },
): void {
  editDocument(turn, requestId, [change], {
    finish: (later) => {
      noteEdit(later, change);
      emit(later, { type: 'reply', requestId, outcome: ok(value) as CommandOutcome });
    },
    fail: failWith(requestId),
  });
}

function patchMachine(
  turn: Turn,
  requestId: string,
  id: MachineId,
  patch: Extract<DocumentEdit, { kind: 'patch-machine' }>['patch'],
): void {
  const entry = turn.state.roster.get(id);
  if (entry === undefined || entry.removed) {
    return refuse(turn, requestId, 'MACHINE_NOT_FOUND', `there is no machine "${id}"`);
  }
  edit(turn, requestId, { kind: 'patch-machine', id, patch }, { id });
}

function removeMachine(turn: Turn, requestId: string, { id }: CommandOf<'remove-machine'>): void {
  const entry = turn.state.roster.get(id);
  const refusal = entry === undefined || entry.removed ? undefined : refusalOfLoss(turn.state, entry, []);
  if (refusal !== undefined) return emit(turn, { type: 'reply', requestId, outcome: err(refusal) });
  patchMachine(turn, requestId, id, { removed: true, lastRecord: turn.state.logVector.get(id) ?? 0 });
}

function setRoles(turn: Turn, requestId: string, { id, roles: wanted }: CommandOf<'set-roles'>): void {
  const entry = turn.state.roster.get(id);
  if (entry === undefined || entry.removed) return patchMachine(turn, requestId, id, {});
  const patch = rolesPatch(turn.state, entry, wanted);
  const refusal = refusalOfLoss(turn.state, entry, patch.roles);
  if (refusal !== undefined) return emit(turn, { type: 'reply', requestId, outcome: err(refusal) });
  edit(turn, requestId, { kind: 'patch-machine', id, patch }, { id, roles: patch.roles });
}

function runTask(turn: Turn, requestId: string, { id, machine, parameters }: CommandOf<'run-task'>): void {
  const task = turn.state.tasks.get(id);
  if (task === undefined) return refuse(turn, requestId, 'TASK_NOT_FOUND', `there is no task "${id}"`);
  const started = startByHand(turn, task, machine, parameters);
  if (started.ok) noteRunByHand(turn, task, started.value.length, parameters);
  const outcome = started.ok ? ok({ occurrenceIds: started.value }) : started;
  emit(turn, { type: 'reply', requestId, outcome });
}

function cancelRun(turn: Turn, requestId: string, command: CommandOf<'cancel-run'>): void {
  const { state } = turn;
  const run = state.active.get(command.id);
  if (run === undefined) {
    return refuse(turn, requestId, 'RUN_NOT_ACTIVE', `run ${command.id} is not active (as far as is known here)`);
  }
  const by = state.roster.get(state.self)?.name ?? state.self;
  if (!requestCancel(turn, run, `cancelled from ${by}`, requestId)) {
    const name = state.roster.get(run.machineId)?.name ?? run.machineId;
    return refuse(turn, requestId, 'PEER_UNREACHABLE', `${name}, which runs it, cannot be reached`);
  }
  if (run.machineId === state.self) {
    noteCancelled(turn, run);
    return emit(turn, { type: 'reply', requestId, outcome: ok({ id: run.id }) });
  }
  state.pending.set(requestId, {
    finish: (later) => {
      noteCancelled(later, run);
      emit(later, { type: 'reply', requestId, outcome: ok({ id: run.id }) });
    },
    fail: failWith(requestId),
  });
  state.timers.set(`request:${requestId}`, turn.nowMs + COMMAND_TIMEOUT_MS);
}

export function onCancelAnswer(turn: Turn, message: PeerMessageOf<'cancel-answer'>): void {
  const pending = turn.state.pending.get(message.requestId);
  if (pending === undefined) return;
  turn.state.pending.delete(message.requestId);
  turn.state.timers.clear(`request:${message.requestId}`);
  if (message.accepted) return pending.finish(turn);
  refuse(turn, message.requestId, 'RUN_NOT_ACTIVE', 'the run has ended meanwhile');
}

export function onRequestTimeout(turn: Turn, requestId: string): void {
  const pending = turn.state.pending.get(requestId);
  turn.state.pending.delete(requestId);
  pending?.fail(turn, 'PEER_TIMEOUT');
}
