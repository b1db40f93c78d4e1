/**
 * Agreement: when all is calm, every member says the same: document, roster, who is alive, run logs, owners, runs. From
 * calm on, documents never differ for longer than the bound. Machines that were removed or never joined are judged
 * apart: by `trust`.
 */
import type { Run } from '../../../core/domain/run.ts';
import type { TaskId } from '../../../core/domain/ids.ts';
import { LOOK_EVERY_MS } from '../observer.ts';
import type { SimMachine } from '../sim-machine.ts';
import type { Checker, CheckScene } from './checker.ts';
import { type Evidence, evidenceOf, Findings, tasksOf } from './evidence.ts';
import { IN_TOUCH_MS } from './touch.ts';

/** After faults stop, all agree within this. */
const AGREE_WITHIN_MS = 30_000;
/** Runs younger than this may still be under way. */
const SETTLED_MS = 30_000;
/** A record reaches the others within this. */
const UNDER_WAY_MS = 2000;
const UNDER_WAY_LOOKS = 40;

export const agreement: Checker = {
  invariant: 'agreement',
  check: async (scene) => {
    const findings = new Findings('agreement');
    const evidence = await evidenceOf(scene);
    checkLapse(scene, findings);
    checkDeaths(scene, findings);
    await untilLogsAgree(scene, evidence);
    checkViews(scene, evidence, findings);
    for (const { id } of tasksOf(scene)) checkRuns(scene, evidence, id, findings);
    return findings.violations;
  },
};

/** A record that was written in this very moment is on its way to the others: it is waited for, and not for long. */
async function untilLogsAgree({ cluster }: CheckScene, { members }: Evidence): Promise<void> {
  for (let looks = 0; looks < UNDER_WAY_LOOKS; looks += 1) {
    if (new Set(members.map(logVector)).size <= 1) return;
    await cluster.run(UNDER_WAY_MS / UNDER_WAY_LOOKS);
  }
}

function logVector({ peer }: SimMachine): string {
  return peer.view
    .machines()
    .map((other) => other.runLogSequence)
    .join();
}

/** Documents differ for a moment after each edit, and never for long once all is calm. */
function checkLapse({ cluster, observer }: CheckScene, findings: Findings): void {
  const now = cluster.time.now;
  if (observer.calm.last !== true) return;
  const lapseMs = observer.agreeing.longestLapseMs(observer.calm.sinceMs ?? 0, now);
  if (lapseMs > AGREE_WITHIN_MS) findings.add(now, `documents differed for ${lapseMs.toFixed(0)} ms of calm`);
}

/**
 * Nobody is taken for dead by who could reach it all the time: it could have refuted. The observer looks now and then: whoever
 * is gone at its next look may have been gone already.
 */
function checkDeaths({ cluster, observer }: CheckScene, findings: Findings): void {
  for (const { atMs, seenBy, dead } of observer.deaths) {
    if (!observer.couldTalk(seenBy, dead, atMs - IN_TOUCH_MS, atMs + LOOK_EVERY_MS)) continue;
    findings.add(atMs, `${cluster.byId(seenBy).name} took ${cluster.byId(dead).name} for dead, and could reach it`);
  }
}

function checkViews(scene: CheckScene, evidence: Evidence, findings: Findings): void {
  const now = scene.cluster.time.now;
  const compare = (what: string, say: (machine: SimMachine) => string): void => {
    const values = evidence.members.map((machine) => `${machine.name}: ${say(machine).slice(0, 300)}`);
    if (new Set(evidence.members.map(say)).size > 1) findings.add(now, `${what} differ: ${values.join(' | ')}`);
  };
  compare('documents', ({ peer }) => peer.view.documentDigest);
  compare('heads', ({ peer }) => [...peer.view.documentHeads].sort().join());
  compare('rosters', rosterText);
  compare('log vectors', logVector);
  for (const { id } of tasksOf(scene)) {
    compare(`definitions of ${id}`, ({ peer }) => JSON.stringify(peer.view.task(id) ?? 'none'));
    compare(`owners of ${id}`, ({ peer }) => peer.view.placement(id)?.preference.join() ?? 'none');
  }
  for (const machine of evidence.members) {
    for (const { entry, state } of machine.peer.view.machines()) {
      const runs = evidence.members.some(({ id }) => id === entry.id);
      if (runs && state !== 'alive') findings.add(now, `${machine.name} sees ${entry.name} ${state}`);
    }
  }
}

function rosterText({ peer }: SimMachine): string {
  const entries = peer.view.machines().map(({ entry }) => {
    const { id, name, labels, roles, voter, voterSince, voterToken, drained } = entry;
    return [id, name, Object.entries(labels).sort(), roles, voter, voterSince, voterToken, drained];
  });
  return JSON.stringify(entries);
}

/** The same runs, in the same states, with the same marks, on every member. */
function checkRuns(scene: CheckScene, evidence: Evidence, task: TaskId, findings: Findings): void {
  const { cluster } = scene;
  const before = Math.min(...evidence.members.map((machine) => machine.wallMs())) - SETTLED_MS;
  const [first, ...others] = evidence.members;
  if (first === undefined) return;
  const shown = (machine: SimMachine): Map<string, string> => {
    const runs = (evidence.runs.get(machine.id)?.get(task) ?? []).filter(({ dueAt }) => dueAt < before);
    return new Map(runs.map((run) => [run.id, textOf(run)]));
  };
  const reference = shown(first);
  for (const machine of others) {
    const theirs = shown(machine);
    const ids = new Set([...reference.keys(), ...theirs.keys()]);
    for (const id of ids) {
      const [one, other] = [reference.get(id), theirs.get(id)];
      if (one === other) continue;
      const text = `${first.name} ${one ?? 'has it not'} | ${machine.name} ${other ?? 'has it not'}`;
      findings.add(cluster.time.now, `runs of ${task} differ: ${id}: ${text}`);
    }
  }
}

/** All of a run that matters, cheaper than the whole as text. */
function textOf(run: Run): string {
  const { recorderId, sequence, state, attempt, machineId, recordedAt, duplicate, reason, fencingToken } = run;
  const place = `${recorderId} ${sequence} ${recordedAt}`;
  return `${state} ${attempt} ${machineId} ${duplicate} ${reason?.code ?? ''} ${fencingToken ?? ''} ${place}`;
}
