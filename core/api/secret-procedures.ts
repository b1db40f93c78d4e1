/** Handlers of the group `secrets`. */
import type { MachineId } from '../domain/ids.ts';
import type { SecretView } from '../peer/peer-view.ts';
import type { SecretWritten } from '../peer/commands.ts';
import { isoOf } from './api-values.ts';
import { type ApiParts, valueOf } from './implementer.ts';
import { machineNames } from './references.ts';
import type { SecretOutput } from './secret-schemas.ts';

type Named = (ids: readonly MachineId[]) => { id: string; name: string | null }[];

export function secretProcedures({ os, peer }: ApiParts) {
  const named: Named = (ids) => {
    const nameOf = machineNames(peer.view);
    return ids.map((id) => ({ id, name: nameOf(id) }));
  };
  const written = ({ name, version, machines }: SecretWritten) => ({ name, version, machines: named(machines) });
  return {
    list: os.secrets.list.handler(() => ({
      secrets: peer.view.secrets().map((view) => secretOutputOf(view, named)),
    })),
    set: os.secrets.set.handler(async ({ input: { name, value, scope } }) =>
      written(
        valueOf(await peer.execute({ kind: 'set-secret', name, value, ...(scope === undefined ? {} : { scope }) })),
      ),
    ),
    scope: os.secrets.scope.handler(async ({ input: { name, scope } }) =>
      written(valueOf(await peer.execute({ kind: 'scope-secret', name, scope }))),
    ),
    delete: os.secrets.delete.handler(async ({ input: { name } }) =>
      valueOf(await peer.execute({ kind: 'delete-secret', name })),
    ),
  };
}

function secretOutputOf(view: SecretView, named: Named): SecretOutput {
  const { version, scope, setBy, setAt } = view.secret;
  return {
    name: view.name,
    version,
    scope: { tasks: scope.tasks ?? null, labels: scope.labels ?? null },
    setBy: named([setBy])[0] ?? { id: setBy, name: null },
    setAt: isoOf(setAt),
    machines: named(view.machines),
    missing: named(view.missing),
    exposedTo: named(view.exposedTo),
  };
}
