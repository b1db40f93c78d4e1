/** Which tasks follow another: told to whoever deletes or suspends that, for they do not come due after it then. */
import type { TaskId } from '../domain/ids.ts';
import type { PeerView } from '../peer/peer-view.ts';
import { upstreamsOf } from '../scheduling/followers.ts';

/** The ids of all tasks with a trigger that names this one, in their order. */
export function followersOf(view: Pick<PeerView, 'tasks'>, id: TaskId): TaskId[] {
  const followers = view.tasks().filter((task) => task.id !== id && upstreamsOf(task.schedule).has(id));
  return followers.map((task) => task.id).sort();
}
