/**
 * Liveness: when all is calm, every member takes part, nothing old is open that should be closed, nobody believes in
 * runs that are none, and all slots are free again: as many runs as a machine has slots start at once. It starts runs of
 * its own to find out, so it judges last.
 */
import { FINAL_STATES, type Run } from '../../../core/domain/run.ts';
import type { OccurrenceId, RunId } from '../../../core/domain/ids.ts';
import { type SimCluster, simTask } from '../sim-cluster.ts';
import type { SimMachine } from '../sim-machine.ts';
import type { RealStart } from '../sim-processes.ts';
import type { Checker, CheckScene } from './checker.ts';
import { type Evidence, evidenceOf, Findings, membersOf } from './evidence.ts';
import type { LedgerEntry } from './ledger.ts';
import { checkPromptness } from './promptness.ts';

/** A run that ended so long ago is known to have ended. */
const KNOWN_AFTER_MS = 30_000;
/** What came due so long ago is closed, unless it runs. */
const CLOSED_AFTER_MS = 100_000;
/** A slot that is free is used again within this while anything waits for it. */
const NEXT_WITHIN_MS = 1000;
/** All slots are free, and used at once, within this. */
const SLOTS_WITHIN_MS = 60_000;

export const liveness: Checker = {
  invariant: 'liveness',
  check: async (scene) => {
    const findings = new Findings('liveness');
    const evidence = await evidenceOf(scene);
    const real = new Map(scene.cluster.starts.map((start) => [start.runId, start]));
    if (evidence.members.length === 0) findings.add(scene.cluster.time.now, 'no machine is a member');
    for (const machine of evidence.members) {
      checkMachine(scene, machine, real, findings);
      checkOpen(scene, evidence, machine, real, findings);
    }
    checkPromptness(scene, evidence, findings);
    await checkSlots(scene, findings);
    return findings.violations;
  },
};

function checkMachine(
  { cluster }: CheckScene,
  machine: SimMachine,
  real: ReadonlyMap<RunId, RealStart>,
  findings: Findings,
): void {
  const now = cluster.time.now;
  const { view } = machine.peer;
  if (view.phase !== 'active' && !waitsForRetired(cluster, machine))
    findings.add(now, `${machine.name} is ${view.phase}`);
  if (machine.saysShutOut) findings.add(now, `${machine.name} is not let in`);
  for (const run of view.activeRuns()) {
    if (isGoingOn(now, real.get(run.id)) || run.recordedAt > machine.wallMs() - KNOWN_AFTER_MS) continue;
    const where = cluster.machines.find(({ id }) => id === run.machineId)?.name ?? run.machineId;
    const what = `${run.taskId} ${run.id}/${run.attempt}`;
    findings.add(now, `ghost: ${machine.name} believes that ${what} is ${run.state} on ${where}`);
  }
}

/**
 * Its database was made anew, and one that may hold more of its log is off for good, while the word that it was removed reached
 * nobody: then it must wait for an hour, or until people say it once more.
 */
function waitsForRetired(cluster: SimCluster, machine: SimMachine): boolean {
  const listed = machine.peer.view.machines().filter(({ entry }) => !entry.removed);
  return machine.recovering && listed.some(({ entry }) => cluster.byId(entry.id).retired);
}

/** It runs, or ended just now. */
function isGoingOn(now: number, start: RealStart | undefined): boolean {
  return start !== undefined && (start.endedAtMs ?? Infinity) > now - KNOWN_AFTER_MS;
}

/** Every occurrence that came due long ago has ended, unless one of its attempts really runs. */
function checkOpen(
  { cluster }: CheckScene,
  evidence: Evidence,
  machine: SimMachine,
  real: ReadonlyMap<RunId, RealStart>,
  findings: Findings,
): void {
  const now = cluster.time.now;
  for (const [task, runs] of evidence.runs.get(machine.id) ?? []) {
    const closed = new Map<OccurrenceId, number>();
    const alive = new Set<OccurrenceId>();
    for (const run of runs) {
      if (isGoingOn(now, real.get(run.id))) alive.add(run.occurrenceId);
      if (!FINAL_STATES.has(run.state)) continue;
      closed.set(run.occurrenceId, Math.max(run.attempt, closed.get(run.occurrenceId) ?? 0));
    }
    const headWaitsForRoom = runs.some((run) => waitsForRoom(run) && isFull(cluster, machine, run));
    for (const run of runs) {
      if (FINAL_STATES.has(run.state) || machine.wallMs() - run.dueAt < CLOSED_AFTER_MS) continue;
      if ((closed.get(run.occurrenceId) ?? 0) >= run.attempt || alive.has(run.occurrenceId)) continue;
      if (waitsForRoom(run) && isFull(cluster, machine, run)) continue;
      // What waits in a queue waits for as long as the queue is; that nothing runs before it is judged by its head.
      if (waitsInQueue(run) && (alive.size > 0 || headWaitsForRoom)) continue;
      if (nobodyMayRun(cluster, machine, run) || followsWhatIsToCome(evidence, run)) continue;
      const what = `${task} ${run.occurrenceId}/${run.attempt}`;
      findings.add(now, `${machine.name}: ${what} is still ${run.state} (${run.reason?.code ?? ''})`);
    }
  }
}

/**
 * Tied to a machine that takes no runs, by its slot, its pin, or a person's word: it waits until that does. Also when it
 * is off for good and the word that it was removed reached nobody: then the others can only go on waiting for it.
 */
function nobodyMayRun(cluster: SimCluster, { peer }: SimMachine, run: Run): boolean {
  const { view } = peer;
  if (run.slot === '') return run.cause.kind === 'manual' || view.placement(run.taskId)?.preference.length === 0;
  const entry = view.machines().find((machine) => machine.entry.id === run.slot)?.entry;
  return entry === undefined || entry.drained || cluster.byId(entry.id).retired;
}

/**
 * It follows a run that was ended by a clock that is ahead, of an instant that is yet to come for others: they do not believe
 * an end of what cannot have begun, since anybody could make such ends up, and so it waits until then on them.
 */
function followsWhatIsToCome({ members }: Evidence, { cause, nominalAt }: Run): boolean {
  return cause.kind === 'after' && members.some((member) => member.wallMs() < nominalAt);
}

function waitsInQueue(run: Run): boolean {
  return run.state === 'queued' && run.reason?.code === 'OVERLAP';
}

function waitsForRoom(run: Run): boolean {
  return run.state === 'queued' && run.reason?.code === 'NO_ROOM';
}

/**
 * Every slot of all machines that may run it is really in use: there is more to do than can be done in time. Who noted that
 * it waits may have been removed since.
 */
function isFull({ machines, starts, time }: SimCluster, { peer }: SimMachine, run: Run): boolean {
  const places = run.slot === '' ? (peer.view.placement(run.taskId)?.preference ?? []) : [run.slot];
  return places.every((place) => {
    const machine = machines.find(({ id }) => id === place);
    if (machine?.running !== true) return false;
    const used = starts.filter(
      (start) => start.machine === machine.id && (start.endedAtMs ?? Infinity) > time.now - NEXT_WITHIN_MS,
    );
    return used.length >= slotsOf(machine);
  });
}

/** As many runs as each machine has slots start at once. */
async function checkSlots(scene: CheckScene, findings: Findings): Promise<void> {
  const { cluster, ledger } = scene;
  const members = membersOf(scene).filter((machine) => takesRuns(machine) && !waitsForRetired(cluster, machine));
  const asker = members[0];
  if (asker === undefined) return;
  const probe = simTask('liveness-probe', undefined, { policy: { overlap: 'allow' } });
  ledger.ask(asker, { kind: 'put-tasks', mode: 'upsert', definitions: [probe] });
  await cluster.run(2000);
  const begin = cluster.time.now;
  const asked: LedgerEntry[] = [];
  const wanted = new Map(members.map((machine) => [machine, slotsOf(machine)]));
  for (const [machine, slots] of wanted) {
    for (let count = 0; count < slots; count += 1) {
      asked.push(ledger.ask(machine, { kind: 'run-task', id: probe.id, machine: machine.id }));
    }
  }
  const found = (machine: SimMachine): number =>
    cluster.starts.filter((start) => start.taskId === probe.id && start.machine === machine.id).length;
  const isDone = (): boolean => [...wanted].every(([machine, slots]) => found(machine) >= slots);
  while (!isDone() && cluster.time.now - begin < SLOTS_WITHIN_MS) await cluster.run(500);
  for (const [machine, slots] of wanted) {
    // Where much waits, others than these runs may have had the slots: those in which something ran are not lost.
    if (found(machine) >= slots || mostAtOnce(cluster, machine, begin) >= slots) continue;
    const answers = asked.filter((entry) => entry.machine === machine.id).map(answerOf);
    const text = `slots: ${machine.name} started ${found(machine)} of ${slots} runs at once`;
    findings.add(cluster.time.now, `${text}; the answers were ${[...new Set(answers)].join(', ')}`);
  }
}

/** How many runs there were on a machine at one time, at the most, since an instant. */
function mostAtOnce({ starts }: SimCluster, machine: SimMachine, sinceMs: number): number {
  const own = starts.filter(({ machine: id, endedAtMs }) => id === machine.id && (endedAtMs ?? Infinity) > sinceMs);
  const runningAt = (atMs: number): number =>
    own.filter((start) => start.atMs <= atMs && (start.endedAtMs ?? Infinity) > atMs).length;
  return Math.max(0, ...own.map(({ atMs }) => runningAt(Math.max(sinceMs, atMs))));
}

function answerOf({ outcome }: LedgerEntry): string {
  if (outcome === undefined) return 'none';
  return outcome.ok ? 'yes' : `${outcome.error.code} (${outcome.error.message})`;
}

function slotsOf(machine: SimMachine): number {
  return machine.peer.view.machines().find(({ self }) => self)?.facts?.slots ?? 0;
}

function takesRuns(machine: SimMachine): boolean {
  const own = machine.peer.view.machines().find(({ self }) => self);
  return own !== undefined && !own.entry.drained && own.entry.roles.includes('executor');
}
