/**
 * People who let machines join, take them out of service, or revoke them, at the worst moments. What they must not do is
 * written in ADR 0002: a removal is a person's word that a machine is gone, so people on two sides of a split who remove
 * each other's machines can make two majorities. So here nobody is removed before every other member knows of the
 * removal before, and never below two members.
 */
import type { MachineId } from '../../../core/domain/ids.ts';
import type { SimMachine } from '../sim-machine.ts';
import { lastingMs, pickAttended, removedBy } from './chance.ts';
import type { Fault, FaultScene } from './fault.ts';
import { stopInOrder } from './machines.ts';

const ROLES = ['admin', 'editor', 'executor'] as const;
const INVITATION_MS = 3_600_000;
const MEMBERS_MIN = 2;
/** A person who waits for the answer of a join. */
const JOIN_WAIT_MS = 2000;
const JOIN_TRIES = 20;

export const ROSTER_FAULTS: readonly Fault[] = [
  fault('join', async (scene) => {
    const newcomer = scene.cluster.machines.find(isOutside);
    if (newcomer !== undefined) await admit(scene, newcomer);
  }),
  fault('join in a split', async (scene) => {
    const newcomer = scene.cluster.machines.find(isOutside);
    const inviter = pickAttended(scene);
    if (newcomer === undefined || inviter === undefined) return;
    const { cluster, random } = scene;
    // The two are on a side of their own: the smaller one, often.
    const others = cluster.machines
      .map((machine) => machine.id)
      .filter((id) => id !== newcomer.id && id !== inviter.id);
    const forMs = lastingMs(random, 1000, 120_000);
    cluster.network.split([newcomer.id, inviter.id], others, { forMs, wholeForMs: 0 });
    await admit(scene, newcomer, inviter);
  }),
  fault('leave', async (scene) => {
    const leaving = pickRemovable(scene);
    if (leaving === undefined || leaving.stopping) return;
    await stopInOrder(scene, leaving);
    // Its people have said so: it stays off, also when nobody can say it to the others now.
    if (revoke(scene, leaving)) leaving.retired = true;
  }),
  fault('revoke', (scene) => {
    const removed = pickRemovable(scene);
    if (removed !== undefined) revoke(scene, removed);
  }),
  fault('revoke while it runs', (scene) => {
    const machine = pickAttended(scene);
    const busy = machine?.peer.view.activeRuns()[0]?.machineId;
    const removed = scene.cluster.machines.find((other) => other.id === busy);
    if (removed !== undefined && isRemovable(scene, removed)) revoke(scene, removed);
  }),
  fault('revoke in a split', (scene) => {
    const removed = pickRemovable(scene);
    if (removed === undefined) return;
    const { cluster, random } = scene;
    const others = cluster.machines.map((machine) => machine.id).filter((id) => id !== removed.id);
    cluster.network.split([removed.id], others, { forMs: lastingMs(random, 500, 300_000), wholeForMs: 0 });
    revoke(scene, removed);
  }),
  fault('revoke during a join', async (scene) => {
    const newcomer = scene.cluster.machines.find(isOutside);
    if (newcomer === undefined) return;
    const joining = admit(scene, newcomer);
    const removed = pickRemovable(scene);
    if (removed !== undefined) revoke(scene, removed);
    await joining;
  }),
];

function fault(name: string, befall: Fault['befall']): Fault {
  return { name, family: 'people', befall, calm: finishJoins };
}

/** It runs and belongs to no cluster, as far as it knows. */
function isOutside(machine: SimMachine): boolean {
  return machine.running && !machine.paused && machine.peer.view.phase === 'no-cluster';
}

/** Invites on a member, carries the token to the newcomer, and waits a moment for what comes of it. */
async function admit(scene: FaultScene, newcomer: SimMachine, by = pickAttended(scene)): Promise<void> {
  const { ledger, observer } = scene;
  if (by === undefined) return;
  const invitation = ledger.ask(by, { kind: 'invite', roles: ROLES, expiresMs: INVITATION_MS });
  await observer.run(100);
  const { outcome } = invitation;
  if (outcome?.ok !== true || !('token' in outcome.value) || !(isOutside(newcomer) || newcomer.saysShutOut)) return;
  ledger.ask(newcomer, { kind: 'join', token: outcome.value.token });
  await observer.run(scene.random.below(JOIN_WAIT_MS));
}

/** A member that may be removed now, by the rule above. */
function pickRemovable(scene: FaultScene): SimMachine | undefined {
  const removable = scene.cluster.machines.filter((machine) => isRemovable(scene, machine));
  return removable.length === 0 ? undefined : scene.random.pick(removable);
}

function isRemovable(scene: FaultScene, machine: SimMachine): boolean {
  const members = membersOf(scene);
  if (members.length <= MEMBERS_MIN || !members.includes(machine)) return false;
  const removed = removedBy(scene);
  // Whoever is off or has not heard of it yet would count the removed one among the voters.
  return members.every((member) => isActive(member) && listedBy(member).every((id) => !removed.has(id)));
}

/** Machines that somebody lists, and nobody was told to remove. */
function membersOf(scene: FaultScene): SimMachine[] {
  const { machines } = scene.cluster;
  const listed = new Set(machines.filter(isActive).flatMap(listedBy));
  const removed = removedBy(scene);
  return machines.filter(({ id }) => listed.has(id) && !removed.has(id));
}

function isActive(machine: SimMachine): boolean {
  return machine.running && machine.peer.view.phase === 'active';
}

function listedBy(machine: SimMachine): MachineId[] {
  return machine.peer.view.machines().map(({ entry }) => entry.id);
}

/** True when somebody was there to say it to. */
function revoke(scene: FaultScene, removed: SimMachine): boolean {
  const by = membersOf(scene).filter((machine) => machine !== removed && isActive(machine) && !machine.paused);
  if (by.length === 0) return false;
  scene.ledger.ask(scene.random.pick(by), { kind: 'remove-machine', id: removed.id });
  return true;
}

/**
 * Who was admitted and does not know it (the answer was lost) is let in again: its people would try until it works. So is
 * who was admitted by a machine that was lost or removed before the others heard of it, and says so once it can ask them
 * (with what that machine wrote unheard its admissions are void, as if it had removed them itself).
 */
async function finishJoins(scene: FaultScene): Promise<void> {
  const { cluster, observer } = scene;
  for (let tries = 0; tries < JOIN_TRIES; tries += 1) {
    const members = membersOf(scene);
    const waiting =
      cluster.machines.find((machine) => isOutside(machine) && members.includes(machine)) ??
      cluster.machines.find((machine) => machine.saysShutOut && isStranger(scene, machine));
    if (waiting === undefined && !cluster.machines.some((machine) => isStranger(scene, machine))) return;
    const by = members.find((machine) => isActive(machine) && !machine.saysShutOut);
    if (waiting !== undefined) await admit(scene, waiting, by);
    await observer.run(JOIN_WAIT_MS);
  }
  throw new Error('a machine that was admitted could not join');
}

/** It joined, takes itself for a member, and nobody has removed it; but some member does not list it. */
function isStranger(scene: FaultScene, machine: SimMachine): boolean {
  const joined = scene.ledger.entries.some((asked) => asked.command.kind === 'join' && asked.machine === machine.id);
  if (!joined || !machine.running || isOutside(machine) || removedBy(scene).has(machine.id)) return false;
  return membersOf(scene).some((member) => {
    return member !== machine && isActive(member) && !listedBy(member).includes(machine.id);
  });
}
