/** Handlers of the group `cluster`. */
import type { MachineView } from '../peer/peer-view.ts';
import { isoOf } from './api-values.ts';
import type { ClusterStatus } from './cluster-schemas.ts';
import { type ApiParts, valueOf } from './implementer.ts';
import { machineOutputOf } from './machine-output.ts';
import { machineNames } from './references.ts';

export function clusterProcedures(parts: ApiParts) {
  const { os, peer } = parts;
  return {
    status: os.cluster.status.handler(() => statusOf(parts)),
    create: os.cluster.create.handler(async ({ input }) =>
      valueOf(await peer.execute({ kind: 'create-cluster', name: input.name, ...namedBy(input) })),
    ),
    join: os.cluster.join.handler(async ({ input }) =>
      valueOf(await peer.execute({ kind: 'join', token: input.token, ...namedBy(input) })),
    ),
    invite: os.cluster.invite.handler(async ({ input: { labels, ...input } }) => {
      const bound = labels === undefined ? {} : { labels };
      const invitation = valueOf(await peer.execute({ kind: 'invite', ...input, ...bound }));
      return { ...invitation, expiresAt: isoOf(invitation.expiresAt) };
    }),
    invitations: os.cluster.invitations.handler(async () => {
      const { invitations } = valueOf(await peer.execute({ kind: 'list-invitations' }));
      const names = new Map(peer.view.machines().map(({ entry }) => [entry.id, entry.name]));
      return {
        invitations: invitations.map((each) => ({
          ...each,
          roles: [...each.roles],
          createdAt: isoOf(each.createdAt),
          expiresAt: isoOf(each.expiresAt),
          usedBy: each.usedBy ?? null,
          usedByName: (each.usedBy === undefined ? undefined : names.get(each.usedBy)) ?? null,
        })),
      };
    }),
    cancelInvitation: os.cluster.cancelInvitation.handler(async ({ input }) =>
      valueOf(await peer.execute({ kind: 'cancel-invitation', id: input.id })),
    ),
  };
}

/** The name that a person chose for this machine on its way into a cluster. */
export function namedBy({ machineName }: { readonly machineName?: string | undefined }): { machineName?: string } {
  return machineName === undefined ? {} : { machineName };
}

function statusOf({ peer, host }: ApiParts): ClusterStatus {
  const { view } = peer;
  const machines = view.machines().filter((machine) => !machine.entry.removed);
  const nameOf = machineNames(view);
  const self = machines.find((machine) => machine.self);
  return {
    self: {
      id: view.self,
      name: self?.entry.name ?? view.selfName,
      version: host.version,
      startedAt: isoOf(view.startedAt),
      addresses: [...view.addresses],
      dataFolder: host.dataFolder,
      keysInKeyring: host.keysInKeyring(),
    },
    phase: view.phase,
    cluster: view.cluster === undefined ? null : { ...view.cluster, createdAt: isoOf(view.cluster.createdAt) },
    members: machines.map((machine) => machineOutputOf(machine, nameOf)),
    document: { heads: [...view.documentHeads], digest: view.documentDigest },
    counts: {
      machines: machines.length,
      machinesAlive: machines.filter(isAlive).length,
      tasks: view.tasks().length,
      activeRuns: view.activeRuns().length,
    },
    warnings: view.warnings.map((warning) => ({ ...warning })),
  };
}

function isAlive(machine: MachineView): boolean {
  return machine.self || machine.state === 'alive';
}
