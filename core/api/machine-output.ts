/** A machine, as the API shows it. */
import type { MachineFacts } from '../domain/machine.ts';
import type { MachineView } from '../peer/peer-view.ts';
import type { MachineId } from '../domain/ids.ts';
import { isoOf } from './api-values.ts';
import type { MachineOutput } from './machine-schemas.ts';

/** @param nameOf names of machines; null for those that were never known. */
export function machineOutputOf(view: MachineView, nameOf: (id: MachineId) => string | null): MachineOutput {
  const { entry, facts, load } = view;
  return {
    id: entry.id,
    name: entry.name,
    self: view.self,
    state: view.state,
    stateReason: view.stateReason,
    lastSeenAt: isoOf(view.lastSeenAt),
    roles: [...entry.roles],
    labels: { ...entry.labels },
    weight: entry.weight,
    voter: entry.voter,
    drained: entry.drained,
    addedBy: entry.addedBy,
    addedByName: nameOf(entry.addedBy),
    addedAt: isoOf(entry.addedAt),
    certified: entry.certificate !== undefined,
    fingerprint: view.fingerprint,
    facts: facts === undefined ? null : { ...facts, policy: policyOf(facts) },
    load: load === undefined ? null : { ...load, notAccepting: load.notAccepting ?? null },
    clockSkewMs: view.clockSkewMs ?? null,
    ownedTasks: view.ownedTasks,
    runLogSequence: view.runLogSequence,
    announcedLogSequence: view.announcedLogSequence,
    addresses: [...view.addresses],
  };
}

type ToldPolicy = NonNullable<NonNullable<MachineOutput['facts']>['policy']>;

function policyOf({ policy }: MachineFacts): ToldPolicy | null {
  if (policy === undefined) return null;
  const { actionTypes, forbiddenTags, users, folders } = policy;
  const list = (values: readonly string[] | undefined): string[] | null => (values === undefined ? null : [...values]);
  return {
    actionTypes: list(actionTypes),
    forbiddenTags: list(forbiddenTags),
    users: list(users),
    folders: list(folders),
  };
}
