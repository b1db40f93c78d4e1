/** What the peer in memory does when it is told to: every command, as a person would find it done. */
import { parametersOf } from '../../core/domain/action.ts';
import { type MachineId, type TaskId, clusterIdOf } from '../../core/domain/ids.ts';
import type { RosterEntry } from '../../core/domain/machine.ts';
import { type ParameterValues, resolveParameters } from '../../core/domain/parameter.ts';
import { type Cause, FINAL_STATES } from '../../core/domain/run.ts';
import type { Task } from '../../core/domain/task.ts';
import type { Command, CommandOf } from '../../core/peer/commands.ts';
import type { SealedSecret } from '../../core/security/secrets.ts';
import { recoveryWordsOf, rootSeedOf } from '../../core/security/root-key.ts';
import { appError } from '../../core/std/app-error.ts';
import { type Result, err, ok } from '../../core/std/result.ts';
import { writeChannel } from './peer-channels.ts';
import { writeCalendar } from './peer-calendars.ts';
import type { FakePeer } from './peer-handle.ts';
import { cancelInvitation, pairAs } from './peer-pairing.ts';

const WITHOUT_CLUSTER: ReadonlySet<Command['kind']> = new Set([
  'create-cluster',
  'join',
  'list-nearby',
  'pair',
  'confirm-pairing',
  'cancel-pairing',
]);

/** What a person said on the machine of the fake; of a task without parameters nothing is told. */
function byHand(by: MachineId, parameters: ParameterValues): { cause?: Cause } {
  if (Object.keys(parameters).length === 0) return {};
  return { cause: { kind: 'manual', triggerId: 'fake', by, parameters } };
}

/** Carries a command out at once. @param deleted tasks that can be brought back */
export async function carryOut(peer: FakePeer, deleted: Map<TaskId, Task>, command: Command): Promise<Result<unknown>> {
  if (peer.cluster === undefined && !WITHOUT_CLUSTER.has(command.kind)) {
    return err(appError('NO_CLUSTER', 'this machine belongs to no cluster'));
  }
  switch (command.kind) {
    case 'create-cluster':
    case 'join':
      return enterCluster(peer, command);
    case 'invite':
      return ok({ id: 'abcdef01', token: peer.invitation.token, expiresAt: peer.invitation.from + command.expiresMs });
    case 'list-invitations':
      return ok({ invitations: peer.invitations });
    case 'cancel-invitation':
      return cancelInvitation(peer, command.id);
    case 'list-nearby':
      return ok({ machines: peer.nearby });
    case 'pair':
    case 'confirm-pairing':
    case 'cancel-pairing':
    case 'approve-pairing':
    case 'refuse-pairing':
      return pairAs(peer, command);
    case 'clear-pairings':
      return ok({ ended: peer.pairings.splice(0).length });
    case 'recovery-kit':
      return ok({ words: command.forget ? [] : recoveryWordsOf(new Uint8Array(32)) });
    case 'recover': {
      const seed = rootSeedOf(command.words);
      return seed.ok ? ok({ id: peer.view.self }) : seed;
    }
    case 'put-tasks':
      return putTasks(peer, command);
    case 'delete-task': {
      const task = peer.tasksById.get(command.id);
      if (task === undefined) return err(appError('TASK_NOT_FOUND', `there is no task "${command.id}"`));
      deleted.set(command.id, task);
      peer.tasksById.delete(command.id);
      return ok({ id: command.id });
    }
    case 'restore-task': {
      const task = deleted.get(command.id);
      if (task === undefined) return err(appError('TASK_NOT_FOUND', `there is no deleted task "${command.id}"`));
      peer.tasksById.set(command.id, task);
      return ok({ id: command.id });
    }
    case 'suspend-task':
      return onTask(peer, command.id, (task) => ({ ...task, about: { ...task.about, suspended: command.suspended } }));
    case 'edit-tasks':
      return editTasks(peer, deleted, command);
    case 'settle-conflict':
      return onTask(peer, command.id, (task) => ({
        ...task,
        conflicts: task.conflicts.filter((facet) => facet !== command.facet),
      }));
    case 'try-task': {
      const values = resolveParameters(parametersOf(command.definition.action), command.parameters);
      if (!values.ok) return values;
      const machineId = command.machine;
      const run = peer.addRun({ taskId: 'try-fake-1' as TaskId, machineId, ...byHand(peer.view.self, values.value) });
      peer.output.set(run.id, { bytes: new TextEncoder().encode(`tried ${command.definition.id}\n`), complete: true });
      return ok({ taskId: run.taskId, occurrenceIds: [run.occurrenceId] });
    }
    case 'run-task': {
      const task = peer.tasksById.get(command.id);
      if (task === undefined) return err(appError('TASK_NOT_FOUND', `there is no task "${command.id}"`));
      const values = resolveParameters(parametersOf(task.action), command.parameters);
      if (!values.ok) return values;
      const run = peer.addRun({
        taskId: command.id,
        ...byHand(peer.view.self, values.value),
        ...(command.machine === undefined ? {} : { machineId: command.machine }),
      });
      peer.output.set(run.id, { bytes: new TextEncoder().encode('done by hand\n'), complete: true });
      return ok({ occurrenceIds: [run.occurrenceId] });
    }
    case 'cancel-run': {
      const run = peer.runsById.get(command.id);
      if (run === undefined) return err(appError('RUN_NOT_FOUND', `there is no run "${command.id}"`));
      if (FINAL_STATES.has(run.state)) return err(appError('RUN_NOT_ACTIVE', `run "${command.id}" has ended`));
      peer.addRun({ ...run, state: 'cancelled' });
      return ok({ id: command.id });
    }
    case 'set-secret':
    case 'scope-secret':
      return writeSecret(peer, command);
    case 'delete-secret':
      return peer.secretsByName.delete(command.name)
        ? ok({ name: command.name })
        : err(appError('SECRET_NOT_FOUND', `there is no secret "${command.name}"`));
    case 'put-channel':
    case 'delete-channel':
    case 'test-channel':
      return writeChannel(peer, command);
    case 'put-calendar':
    case 'delete-calendar':
      return writeCalendar(peer, command);
    case 'rename-machine':
      return onMachine(peer, command.id, { name: command.name });
    case 'label-machine':
      return onMachine(peer, command.id, { labels: command.labels });
    case 'drain-machine':
      return onMachine(peer, command.id, { drained: command.drained });
    case 'set-roles':
      onMachine(peer, command.id, { roles: [...command.roles] });
      return ok({ id: command.id, roles: command.roles });
    case 'remove-machine':
      return onMachine(peer, command.id, { removed: true });
  }
}

function enterCluster(peer: FakePeer, command: CommandOf<'create-cluster' | 'join'>): Result<unknown> {
  if (peer.cluster !== undefined) {
    return err(appError('ALREADY_IN_CLUSTER', `this machine belongs to "${peer.cluster.name}"`));
  }
  if (command.kind === 'join' && !command.token.startsWith('carillon1')) {
    return err(appError('TOKEN_INVALID', 'this is no invitation', { field: 'token' }));
  }
  const name = command.kind === 'join' ? 'joined' : command.name;
  peer.cluster = { id: clusterIdOf(peer.view.self), name, root: peer.view.self, createdAt: peer.view.startedAt };
  peer.phase = 'active';
  if (command.machineName !== undefined) onMachine(peer, peer.view.self, { name: command.machineName });
  peer.emit({ kind: 'cluster' });
  return ok({ id: peer.cluster.id, name });
}

function putTasks(peer: FakePeer, command: CommandOf<'put-tasks'>): Result<unknown> {
  const existing = command.definitions.find((definition) => peer.tasksById.has(definition.id));
  if (command.mode === 'create' && existing !== undefined) {
    return err(appError('TASK_EXISTS', `there is a task "${existing.id}" already`, { field: 'id' }));
  }
  const tasks = command.definitions.map((definition) => {
    const outcome = peer.tasksById.has(definition.id) ? ('changed' as const) : ('created' as const);
    peer.addTask(definition);
    return { id: definition.id, outcome };
  });
  return ok({ tasks });
}

/** All or none, as the document does it. */
async function editTasks(
  peer: FakePeer,
  deleted: Map<TaskId, Task>,
  { act, ids }: CommandOf<'edit-tasks'>,
): Promise<Result<unknown>> {
  const missing = ids.find((id) => !peer.tasksById.has(id) && (act !== 'restore' || !deleted.has(id)));
  if (missing !== undefined) return err(appError('TASK_NOT_FOUND', `there is no task "${missing}"`));
  for (const id of ids) {
    if (act === 'delete' || act === 'restore') await carryOut(peer, deleted, { kind: `${act}-task`, id });
    else await carryOut(peer, deleted, { kind: 'suspend-task', id, suspended: act === 'suspend' });
  }
  return ok({ ids });
}

function onTask(peer: FakePeer, id: TaskId, change: (task: Task) => Task): Result<unknown> {
  const task = peer.tasksById.get(id);
  if (task === undefined) return err(appError('TASK_NOT_FOUND', `there is no task "${id}"`));
  peer.tasksById.set(id, change(task));
  peer.emit({ kind: 'tasks', ids: [id] });
  return ok({ id });
}

function onMachine(peer: FakePeer, id: MachineId, patch: Partial<RosterEntry>): Result<unknown> {
  const machine = peer.machinesById.get(id);
  if (machine === undefined) return err(appError('MACHINE_NOT_FOUND', `there is no machine "${id}"`));
  peer.machinesById.set(id, { ...machine, entry: { ...machine.entry, ...patch } });
  peer.emit({ kind: 'machines' });
  return ok({ id });
}

/** As after sealing: the value itself is nowhere. */
function writeSecret(peer: FakePeer, command: CommandOf<'set-secret'> | CommandOf<'scope-secret'>): Result<unknown> {
  const { name, scope } = command;
  const before = peer.secretsByName.get(name);
  if (before === undefined && command.kind === 'scope-secret') {
    return err(appError('SECRET_NOT_FOUND', `there is no secret "${name}"`));
  }
  const version = (before?.secret.version ?? 0) + 1;
  const machines = [...peer.machinesById.keys()];
  const secret: SealedSecret = {
    generation: version,
    version,
    scope: scope ?? before?.secret.scope ?? {},
    setBy: peer.view.self,
    setAt: peer.view.startedAt,
    box: '',
    sealed: {},
    exposed: [],
  };
  peer.secretsByName.set(name, { name, secret, machines, missing: [], exposedTo: [] });
  return ok({ name, version, machines });
}
