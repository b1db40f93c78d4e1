/**
 * From what people type to ids. A machine is named by its name, its id, or the beginning of its id (with or without
 * the letters that all ids begin with); a run by its id or the beginning of it. What fits several is refused.
 */
import { ACTIVE_STATES } from '../domain/run.ts';
import { type MachineId, machineIdSchema, type RunId, type TaskId } from '../domain/ids.ts';
import type { Task } from '../domain/task.ts';
import type { PeerHandle } from '../peer/peer-handle.ts';
import type { MachineView, PeerView } from '../peer/peer-view.ts';
import { LIMITS } from '../config/constants.ts';
import { appError } from '../std/app-error.ts';
import { type Result, err, ok } from '../std/result.ts';

const FULL_RUN_ID_LENGTH = 20;
/** A beginning of a run id is looked for among this many pages of the newest runs. */
const SEARCHED_PAGES = 4;
const COMMON_ID_START = '12D3KooW';
const SHORTEST_ID_START = 4;

/** The machine that `reference` names: MACHINE_NOT_FOUND, or INVALID_INPUT when it fits several. */
export function findMachine(view: PeerView, reference: string): Result<MachineView> {
  const machines = view.machines().filter((machine) => !machine.entry.removed);
  const byId = machines.find((machine) => machine.entry.id === reference);
  if (byId !== undefined) return ok(byId);
  const wanted = reference.toLowerCase();
  const byName = machines.filter((machine) => machine.entry.name.toLowerCase() === wanted);
  const matches = byName.length > 0 ? byName : machines.filter((machine) => startsId(machine.entry.id, reference));
  const [first, second] = matches;
  if (first === undefined) return err(appError('MACHINE_NOT_FOUND', `there is no machine "${reference}"`));
  if (second !== undefined) {
    const names = matches.map((machine) => `${machine.entry.name} (${machine.entry.id})`).join(', ');
    return err(appError('INVALID_INPUT', `"${reference}" fits several machines: ${names}`, { field: 'machine' }));
  }
  return ok(first);
}

/**
 * The same for questions about what was: also a machine that was removed, unless one of now is called so too, and by its
 * whole id any at all.
 */
export function findPastMachine(view: PeerView, reference: string): Result<MachineId> {
  const id = machineIdSchema.safeParse(reference);
  if (id.success) return ok(id.data);
  const present = findMachine(view, reference);
  if (present.ok) return ok(present.value.entry.id);
  if (present.error.code !== 'MACHINE_NOT_FOUND') return present;
  const former = view.formerMachines();
  const wanted = reference.toLowerCase();
  const byName = former.filter((machine) => machine.name.toLowerCase() === wanted);
  const [first, second] = byName.length > 0 ? byName : former.filter((machine) => startsId(machine.id, reference));
  if (first === undefined) return present;
  if (second === undefined) return ok(first.id);
  const message = `"${reference}" fits several machines that were removed: ${first.id}, ${second.id}`;
  return err(appError('INVALID_INPUT', message, { field: 'machine' }));
}

function startsId(id: MachineId, start: string): boolean {
  if (start.length < SHORTEST_ID_START) return false;
  return (
    (id.startsWith(start) && start.length > COMMON_ID_START.length) ||
    id.slice(COMMON_ID_START.length).startsWith(start)
  );
}

/** The id of the run that `reference` names: RUN_NOT_FOUND, or INVALID_INPUT when it fits several. */
export async function findRun(peer: PeerHandle, reference: string): Promise<Result<RunId>> {
  if (reference.length === FULL_RUN_ID_LENGTH) return ok(reference as RunId);
  const matches = new Set<RunId>();
  for (const record of peer.view.activeRuns()) {
    if (record.id.startsWith(reference) && ACTIVE_STATES.has(record.state)) matches.add(record.id);
  }
  let cursor: string | undefined;
  for (let page = 0; page < SEARCHED_PAGES; page += 1) {
    const found = await peer.runs.page({}, LIMITS.pageSize, cursor);
    for (const run of found.runs) if (run.id.startsWith(reference)) matches.add(run.id);
    cursor = found.nextCursor;
    if (cursor === undefined) break;
  }
  const [first, ...others] = matches;
  if (first === undefined) {
    return err(appError('RUN_NOT_FOUND', `no recent run has an id that begins with "${reference}"`));
  }
  if (others.length > 0) {
    const message = `"${reference}" fits several runs: ${[first, ...others].slice(0, 5).join(', ')}`;
    return err(appError('INVALID_INPUT', message, { field: 'run' }));
  }
  return ok(first);
}

/** The task with this id, or TASK_NOT_FOUND. */
export function findTask(view: PeerView, id: TaskId): Result<Task> {
  const task = view.task(id);
  return task === undefined ? err(appError('TASK_NOT_FOUND', `there is no task "${id}"`)) : ok(task);
}

/** Looks up names of machines, the way outputs show them; null for machines that were never known. */
export function machineNames(view: PeerView): (id: MachineId) => string | null {
  return (id) => view.nameOf(id) ?? null;
}
