/** Second act: a crontab is imported on one machine, and every machine knows the tasks and their owners. */
import { relativeTime } from '../../agent/cli/times.ts';
import type { CrontabImport } from '../../core/formats/crontab.ts';
import { CRONTAB, CRONTAB_PATH } from './cast.ts';
import { readOwnCrontabs, showOwnCrontabs } from './own-crontabs.ts';
import { type Play, agreedOwners, listTasks } from './play.ts';

export interface Imported {
  /** Epoch milliseconds: from then on every occurrence has to run. */
  readonly at: number;
  readonly taskIds: readonly string[];
}

/** Resolves when all machines agree on who owns what. */
export async function importCrontab(play: Play): Promise<Imported> {
  const { screen, machines } = play;
  const importer = machines[1] ?? machines[0];
  if (importer === undefined) throw new Error('there is no machine to import on');
  screen.heading('A crontab becomes tasks of the whole cluster');
  showOwnCrontabs(screen, await readOwnCrontabs(importer));
  screen.line('');
  const read = (await importer.carillon(['import', 'crontab', CRONTAB_PATH])) as CrontabImport;
  const at = Date.now();
  screen.command(`carillon import crontab ${CRONTAB}`, `on ${screen.machine(importer.name)} (or any)`);
  const owners = await agreedOwners(machines);
  await showOwners(play, owners.size);
  return { at, taskIds: read.jobs.map((job) => job.definition.id) };
}

async function showOwners({ screen, machines }: Play, count: number): Promise<void> {
  const [first] = machines;
  if (first === undefined) return;
  const now = Date.now();
  const order = new Map(machines.map((machine, index) => [machine.id, index]));
  const tasks = (await listTasks(first)).sort(
    (left, right) =>
      (order.get(left.ownerId ?? '') ?? 0) - (order.get(right.ownerId ?? '') ?? 0) ||
      Date.parse(left.nextDueAt ?? '') - Date.parse(right.nextDueAt ?? ''),
  );
  const rows = tasks.map((task) => [
    screen.machine(task.ownerName ?? '-'),
    task.id,
    task.scheduleText,
    relativeTime(task.nextDueAt, now),
  ]);
  screen.callout(`${count} tasks, one owner each: every machine computes the same, without asking`);
  screen.table(['OWNER', 'TASK', 'RUNS', 'NEXT'], rows);
}
