/** What the acts of the demo share: who plays, what was heard, and what is waited for how long. */
import type { TaskSummary } from '../../core/api/task-schemas.ts';
import type { Machine } from './machine.ts';
import type { RunFeed } from './run-feed.ts';
import type { Screen } from './screen.ts';
import { until } from './until.ts';

export interface Play {
  readonly screen: Screen;
  readonly machines: readonly Machine[];
  readonly feed: RunFeed;
}

/** Far beyond what a quiet computer needs: a busy one shall not fail the demo. */
export const SETTLE_MS = 60_000;
const MOST_TASKS = 500;

/** Resolves when each of these machines is at work, sees exactly these alive, and holds the same document. */
export async function settled(machines: readonly Machine[]): Promise<void> {
  await until(`${namesOf(machines)} to see each other`, SETTLE_MS, async () => {
    const digests = new Set<string>();
    for (const machine of machines) {
      const { phase, members, document } = await machine.client.cluster.status({});
      const alive = members.filter((member) => member.state === 'alive').map((member) => member.id);
      if (phase !== 'active' || alive.length !== machines.length) return undefined;
      if (!machines.every((other) => alive.includes(other.id))) return undefined;
      digests.add(document.digest);
    }
    return digests.size === 1 ? true : undefined;
  });
}

export async function listTasks(machine: Machine): Promise<TaskSummary[]> {
  return (await machine.client.tasks.list({ limit: MOST_TASKS })).tasks;
}

/** Resolves with the owner of each task by its id, once all machines name the same. */
export function agreedOwners(machines: readonly Machine[]): Promise<Map<string, Machine>> {
  return until(`${namesOf(machines)} to name the same owners`, SETTLE_MS, async () => {
    const views = await Promise.all(machines.map(listTasks));
    const told = views.map((tasks) => JSON.stringify(tasks.map(({ id, ownerId }) => [id, ownerId])));
    const first = views[0];
    if (first === undefined || new Set(told).size !== 1) return undefined;
    const owners = new Map<string, Machine>();
    for (const { id, ownerId } of first) {
      const owner = machines.find((machine) => machine.id === ownerId);
      if (owner === undefined) return undefined;
      owners.set(id, owner);
    }
    return owners;
  });
}

/** Such as "nas, desk and laptop". */
export function namesOf(machines: readonly Machine[], paint = (name: string): string => name): string {
  return listed(machines.map((machine) => paint(machine.name)));
}

/** Such as "one, two and three". */
export function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1) ?? ''}`;
}
