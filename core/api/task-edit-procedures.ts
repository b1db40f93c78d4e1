/** Handlers of the group `tasks` that are about many tasks, their past, and what is not saved yet. */
import { bulkTasks } from './bulk-tasks.ts';
import { type ApiParts, valueOf } from './implementer.ts';
import { findMachine } from './references.ts';
import { revertTask } from './revert-task.ts';

export function taskEditProcedures({ os, peer }: ApiParts) {
  return {
    try: os.tasks.try.handler(async ({ input }) => {
      const machine = valueOf(findMachine(peer.view, input.machine)).entry.id;
      const { definition, parameters } = input;
      const said = parameters === undefined ? {} : { parameters };
      const tried = valueOf(await peer.execute({ kind: 'try-task', definition, machine, ...said }));
      return { taskId: tried.taskId, occurrenceIds: [...tried.occurrenceIds] };
    }),
    bulk: os.tasks.bulk.handler(async ({ input }) => valueOf(await bulkTasks(peer, input.ids, input.act))),
    revert: os.tasks.revert.handler(async ({ input }) => valueOf(await revertTask(peer, input))),
    settle: os.tasks.settle.handler(async ({ input }) => {
      const { id, facet, chosen } = input;
      return valueOf(await peer.execute({ kind: 'settle-conflict', id, facet, chosen }));
    }),
  };
}
