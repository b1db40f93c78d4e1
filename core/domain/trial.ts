/**
 * A trial: a definition that is run once to see what it does, before it is saved. To be signed, judged and recorded like
 * any other it is a task for as long as that takes; by its id and its tag all know it for what it is.
 */
import { LIMITS } from '../config/constants.ts';
import { type MachineId, type TaskId, hashId } from './ids.ts';
import type { Task, TaskDefinition } from './task.ts';

/** Reserved: a task with this tag, and an id as trials have, is deleted when it does not run. */
export const TRIAL_TAG = 'carillon.try';
const ID_START = 'try-';

export function isTrial({ id, about }: Pick<Task, 'id' | 'about'>): boolean {
  return id.startsWith(ID_START) && about.tags.includes(TRIAL_TAG);
}

/** The ids that a machine has for its trials. They are used again, so that not every trial leaves a tombstone of its own. */
export function trialIds(machine: MachineId): TaskId[] {
  const owner = hashId('trial', machine).slice(0, 8);
  return Array.from({ length: LIMITS.trialsPerMachine }, (_, index) => `${ID_START}${owner}-${index + 1}` as TaskId);
}

/** What is tried of a definition: its action, once, on one machine, whatever it says of other times and places. */
export function trialOf(definition: TaskDefinition, id: TaskId, machine: MachineId): TaskDefinition {
  const { about, schedule, policy, action } = definition;
  const tags = about.tags.filter((tag) => tag !== TRIAL_TAG).slice(0, LIMITS.tagsPerTask - 1);
  return {
    id,
    about: { ...about, tags: [...tags, TRIAL_TAG], suspended: true },
    schedule: { triggers: [], timeZone: schedule.timeZone, jitterMs: 0 },
    action,
    placement: { mode: 'pin', machine, labels: {}, operatingSystems: [], architectures: [] },
    policy: { ...policy, overlap: 'allow', onLost: 'report', retry: { ...policy.retry, maxAttempts: 1 } },
  };
}
