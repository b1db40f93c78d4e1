/**
 * Which tasks the policy of a machine rules out, with the name of the rule and words for people. Its heartbeats tell the
 * rules to all, so that all machines leave it out for the same tasks.
 */
import { ACTION_TYPES, type LocalPolicy } from '../domain/local-policy.ts';
import type { MachineFacts } from '../domain/machine.ts';
import type { Task } from '../domain/task.ts';

/** What other machines must know of a policy; undefined when it rules no task out. */
export function announcedPolicy({ actionTypes, forbiddenTags, folders, users }: LocalPolicy): MachineFacts['policy'] {
  const types = actionTypes === undefined || actionTypes.length >= ACTION_TYPES.length ? undefined : actionTypes;
  const tags = forbiddenTags?.length === 0 ? undefined : forbiddenTags;
  if ([types, tags, folders, users].every((rule) => rule === undefined)) return undefined;
  return {
    ...(types === undefined ? {} : { actionTypes: types }),
    ...(tags === undefined ? {} : { forbiddenTags: tags }),
    ...(folders === undefined ? {} : { folders }),
    ...(users === undefined ? {} : { users }),
  };
}

/** Which rule of a machine's policy rules a task out, in words; undefined when none does. */
export function taskRefusal(
  policy: MachineFacts['policy'],
  { about, action }: Pick<Task, 'about' | 'action'>,
): string | undefined {
  const user = action.type === 'http' ? undefined : action.user;
  if (user !== undefined && policy?.users?.includes(user) !== true) {
    return `its policy does not let tasks run as the user "${user}" (rule users)`;
  }
  if (policy === undefined) return undefined;
  const { actionTypes, forbiddenTags, folders } = policy;
  if (actionTypes?.includes(action.type) === false) {
    return `its policy allows ${actionTypes.join(' and ')} actions only (rule actionTypes)`;
  }
  const tag = forbiddenTags?.find((forbidden) => about.tags.includes(forbidden));
  if (tag !== undefined) return `its policy forbids tasks with the tag "${tag}" (rule forbiddenTags)`;
  return folders === undefined ? undefined : folderRefusal(folders, action);
}

/** HTTP requests use no folder. */
function folderRefusal(folders: readonly string[], action: Task['action']): string | undefined {
  if (action.type === 'http') return undefined;
  const where = action.workingDirectory;
  if (where === undefined || !folders.some((folder) => liesIn(where, folder))) {
    const what = where === undefined ? 'a task without a working folder' : `the working folder ${where}`;
    return `its policy does not allow ${what} (rule folders)`;
  }
  const program = action.type === 'command' ? action.argv[0] : action.interpreter[0];
  if (action.type === 'shell' || program === undefined || !/[\\/]/.test(program)) return undefined;
  if (folders.some((folder) => liesIn(program, folder))) return undefined;
  return `its policy does not allow the program ${program} (rule folders)`;
}

/** Paths are compared as they are written, once "." and ".." are followed. */
function liesIn(path: string, folder: string): boolean {
  const [inner, outer] = [partsOf(path), partsOf(folder)];
  return inner !== undefined && outer !== undefined && outer.every((part, index) => inner[index] === part);
}

/** Undefined for what is not absolute, or leaves its root. */
function partsOf(path: string): string[] | undefined {
  if (!/^(\/|[A-Za-z]:[\\/])/.test(path)) return undefined;
  const parts: string[] = [];
  for (const part of path.split(/[\\/]+/)) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.pop() === undefined) return undefined;
  }
  return parts;
}
