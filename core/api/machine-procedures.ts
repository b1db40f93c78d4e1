/** Handlers of the group `machines`. */
import type { MachineId } from '../domain/ids.ts';
import type { MachineView } from '../peer/peer-view.ts';
import { labelsSchema } from '../domain/placement.ts';
import { type ApiParts, issueError, valueOf } from './implementer.ts';
import { machineOutputOf } from './machine-output.ts';
import { findMachine, machineNames } from './references.ts';
import { departureOutputOf, ringOutputOf } from './ring-output.ts';
import { toApiError } from './api-errors.ts';

export function machineProcedures({ os, peer }: ApiParts) {
  const find = (reference: string) => valueOf(findMachine(peer.view, reference));
  const drain = async (id: MachineId, drained: boolean) =>
    valueOf(await peer.execute({ kind: 'drain-machine', id, drained }));
  const shown = (machine: MachineView) => machineOutputOf(machine, machineNames(peer.view));
  return {
    list: os.machines.list.handler(() => ({
      machines: peer.view
        .machines()
        .filter((machine) => !machine.entry.removed)
        .map(shown),
    })),
    get: os.machines.get.handler(({ input }) => shown(find(input.machine))),
    departure: os.machines.departure.handler(({ input }) => departureOutputOf(peer.view, find(input.machine).entry.id)),
    ring: os.machines.ring.handler(() => ringOutputOf(peer.view)),
    rename: os.machines.rename.handler(async ({ input }) =>
      valueOf(await peer.execute({ kind: 'rename-machine', id: find(input.machine).entry.id, name: input.name })),
    ),
    label: os.machines.label.handler(async ({ input }) => {
      const { entry } = find(input.machine);
      const kept = Object.entries(input.replace ? {} : entry.labels).filter(([key]) => !input.remove.includes(key));
      const labels = labelsSchema.safeParse({ ...Object.fromEntries(kept), ...input.set });
      if (!labels.success) throw toApiError(issueError(labels.error.issues[0], ['set']));
      const { id } = valueOf(await peer.execute({ kind: 'label-machine', id: entry.id, labels: labels.data }));
      return { id, labels: labels.data };
    }),
    roles: os.machines.roles.handler(async ({ input }) => {
      const { id, roles } = valueOf(
        await peer.execute({ kind: 'set-roles', id: find(input.machine).entry.id, roles: input.roles }),
      );
      return { id, roles: [...roles] };
    }),
    drain: os.machines.drain.handler(({ input }) => drain(find(input.machine).entry.id, true)),
    resume: os.machines.resume.handler(({ input }) => drain(find(input.machine).entry.id, false)),
    remove: os.machines.remove.handler(async ({ input }) =>
      valueOf(await peer.execute({ kind: 'remove-machine', id: find(input.machine).entry.id })),
    ),
  };
}
