/** Definitions of tasks for the tests: what matters is said, the rest is as people leave it. */
import type { ApiClient } from '../../core/api/contract.ts';

export type DefinitionInput = Parameters<ApiClient['tasks']['apply']>[0]['definitions'][number];

export interface TaskWishes {
  /** Comes due this often; by hand only when absent. */
  readonly everyMs?: number;
  readonly placement?: DefinitionInput['placement'];
  readonly policy?: DefinitionInput['policy'];
  readonly name?: string;
}

/** A task that runs a shell script. */
export function shellTask(id: string, script: string, wishes: TaskWishes = {}): DefinitionInput {
  const { everyMs, placement, policy, name } = wishes;
  return {
    id: id,
    about: { name: name ?? id },
    ...(everyMs === undefined ? {} : { schedule: { triggers: [{ kind: 'interval', everyMs }] } }),
    action: { type: 'shell', script },
    ...(placement === undefined ? {} : { placement }),
    ...(policy === undefined ? {} : { policy }),
  };
}
