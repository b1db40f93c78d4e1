/** Task definitions for tests. */
import { definitionInput } from '../../core/api/task-schemas.ts';
import type { TaskDefinition } from '../../core/domain/task.ts';

/** A task that runs `true` at 02:30 in Berlin, unless told otherwise. */
export function aTask(
  id: string,
  change: Partial<Record<'about' | 'schedule' | 'action', object>> = {},
): TaskDefinition {
  return definitionInput.parse({
    id,
    about: { name: `Task ${id}`, ...change.about },
    schedule: change.schedule ?? { triggers: [{ kind: 'cron', expression: '30 2 * * *' }], timeZone: 'Europe/Berlin' },
    action: change.action ?? { type: 'command', argv: ['true'] },
  });
}
