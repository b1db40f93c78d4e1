/**
 * Durability: no acknowledged edit is lost, no acknowledged run by hand, and no run record that a surviving machine
 * holds. An edit of a task is found again as the very revision that was shown when it was acknowledged, whatever took
 * its place since; an edit of the roster by its effect, unless a later or concurrent one could have undone it. What a
 * machine wrote that its remover did not hold is void, and nobody is promised it.
 */
import { LIMITS } from '../../../core/config/constants.ts';
import type { MachineId, TaskId } from '../../../core/domain/ids.ts';
import type { RunRecord } from '../../../core/domain/run.ts';
import type { Revision } from '../../../core/document/document-protocol.ts';
import { openMemoryStore } from '../../fakes/memory-store.ts';
import type { SimMachine } from '../sim-machine.ts';
import type { Checker, CheckScene } from './checker.ts';
import { type Evidence, evidenceOf, Findings } from './evidence.ts';
import type { LedgerEntry } from './ledger.ts';
import { couldTell, TOLD_WITHIN_MS } from './touch.ts';

export const durability: Checker = {
  invariant: 'durability',
  check: async (scene) => {
    const findings = new Findings('durability');
    const evidence = await evidenceOf(scene);
    const [reader] = evidence.members;
    if (reader === undefined) return [];
    await checkRevisions(scene, reader, findings);
    checkSwitches(scene, reader, findings);
    checkRunsByHand(scene, evidence, findings);
    checkLogs(scene, evidence, findings);
    return findings.violations;
  },
};

const ALL = Number.MAX_SAFE_INTEGER;

/** Every revision that was shown with an acknowledgement is in the history, unless that is longer than can be read. */
async function checkRevisions(scene: CheckScene, reader: SimMachine, findings: Findings): Promise<void> {
  const { cluster, ledger } = scene;
  const histories = new Map<TaskId, ReadonlySet<string>>();
  for (const entry of ledger.entries) {
    const { witnesses, answeredAtMs, machine } = entry;
    if (witnesses.length === 0 || isAlone(scene, entry) || mayBeVoid(scene, entry)) continue;
    for (const witness of witnesses) {
      const { taskId, facet } = witness;
      let history = histories.get(taskId);
      if (history === undefined) histories.set(taskId, (history = await revisionsOf(cluster, reader, taskId)));
      if (history.has(keyOf(witness)) || history.size >= LIMITS.pageSize) continue;
      const where = cluster.byId(machine).name;
      findings.add(
        answeredAtMs ?? 0,
        `${taskId}: revision ${witness.revision} of ${facet}, acknowledged by ${where}, is gone`,
      );
    }
  }
}

/** Afterwards the machine's database was destroyed, or the machine went for good, before any other could take it over. */
function isAlone(scene: CheckScene, { machine, answeredAtMs = 0 }: LedgerEntry): boolean {
  const { cluster, observer } = scene;
  const destroyed = (observer.destroyedAtMs(machine) ?? -Infinity) >= answeredAtMs;
  const gone = destroyed || !observer.isMember(machine) || cluster.byId(machine).retired;
  return gone && !couldTell(scene, machine, answeredAtMs);
}

/**
 * Its machine was removed by somebody who may not have held the edit by then; or so was the machine that had admitted it,
 * by somebody who may not have held the admission: then whatever it wrote by that right is void too.
 */
function mayBeVoid(scene: CheckScene, entry: LedgerEntry): boolean {
  if (mayBeBeyondRemoval(scene, entry)) return true;
  const admission = admissionBefore(scene, entry);
  return admission !== undefined && mayBeVoid(scene, admission);
}

/** The last join of the entry's machine before it, as an edit of the machine that let it in; undefined for founders. */
function admissionBefore({ ledger }: CheckScene, { machine, atMs }: LedgerEntry): LedgerEntry | undefined {
  const join = ledger.entries.findLast((asked) => {
    return (
      asked.command.kind === 'join' && asked.machine === machine && asked.atMs < atMs && asked.outcome?.ok !== false
    );
  });
  if (join?.command.kind !== 'join') return undefined;
  const { token } = join.command;
  const invitation = ledger.entries.find(({ outcome }) => {
    return outcome?.ok === true && 'token' in outcome.value && outcome.value.token === token;
  });
  return invitation === undefined ? undefined : { ...join, machine: invitation.machine };
}

function mayBeBeyondRemoval({ ledger, observer }: CheckScene, entry: LedgerEntry): boolean {
  const { machine, atMs, answeredAtMs = Infinity } = entry;
  return ledger.entries.some((removal) => {
    const { command, outcome } = removal;
    if (command.kind !== 'remove-machine' || command.id !== machine || outcome?.ok === false) return false;
    if (removal.machine === machine) return false;
    if (removal.atMs < atMs && joinedSince(ledger.entries, machine, removal.atMs, atMs)) return false;
    const toldBy = answeredAtMs + TOLD_WITHIN_MS;
    return removal.atMs < toldBy || !observer.couldTalk(machine, removal.machine, answeredAtMs, toldBy);
  });
}

async function revisionsOf(
  cluster: CheckScene['cluster'],
  reader: SimMachine,
  taskId: TaskId,
): Promise<ReadonlySet<string>> {
  const asked = reader.peer.history(taskId, ALL);
  await cluster.run(50);
  const history = await asked;
  return new Set(history.ok ? history.value.map(keyOf) : []);
}

function keyOf({
  facet,
  revision,
  author,
  changedAt,
}: Pick<Revision, 'facet' | 'revision' | 'author' | 'changedAt'>): string {
  return `${facet} ${revision} ${author} ${changedAt}`;
}

/** What can be seen of a thing that people switch: drained or not, suspended or not, deleted or not. */
interface Switching {
  readonly entry: LedgerEntry;
  /** Which switch: of which machine or task. */
  readonly what: string;
  readonly on: boolean;
}

/** What is shown is what somebody asked for last, as far as anybody can tell. */
function checkSwitches(scene: CheckScene, reader: SimMachine, findings: Findings): void {
  const { cluster, ledger } = scene;
  const { view } = reader.peer;
  const shown = new Map<string, boolean>();
  for (const { entry } of view.machines()) shown.set(`drain of ${entry.id}`, entry.drained);
  for (const task of view.tasks()) shown.set(`suspension of ${task.id}`, task.about.suspended);
  const edits = ledger.entries.filter(({ outcome }) => outcome === undefined || outcome.ok);
  const byWhat = Map.groupBy(edits.flatMap(switchingsOf), ({ what }) => what);
  for (const [what, list] of byWhat) {
    const value = what.startsWith('deletion') ? view.task(what.slice(12) as TaskId) === undefined : shown.get(what);
    if (value === undefined || !list.some(({ entry }) => entry.outcome?.ok === true)) continue;
    const last = list.filter(({ entry }) => !list.some((later) => supersedes(later.entry, entry)));
    if (last.some(({ entry, on }) => on === value || mayBeVoid(scene, entry))) continue;
    findings.add(list.at(-1)?.entry.atMs ?? 0, `the ${what} is ${value ? 'on' : 'off'}, against the last word`);
  }
  for (const entry of edits) {
    const { command, outcome, atMs } = entry;
    if (command.kind !== 'remove-machine' || outcome?.ok !== true || joinedSince(edits, command.id, atMs)) continue;
    if (!view.machines().some((machine) => machine.entry.id === command.id)) continue;
    // Whoever removed it was removed itself, by one that had not heard of it: that is void, as all edits are then.
    if (mayBeVoid(scene, entry)) continue;
    findings.add(atMs, `the removal of ${cluster.byId(command.id).name} was acknowledged, and is undone`);
  }
}

function switchingsOf(entry: LedgerEntry): Switching[] {
  const { command } = entry;
  switch (command.kind) {
    case 'drain-machine':
      return [{ entry, what: `drain of ${command.id}`, on: command.drained }];
    case 'suspend-task':
      return [{ entry, what: `suspension of ${command.id}`, on: command.suspended }];
    case 'delete-task':
      return [{ entry, what: `deletion of ${command.id}`, on: true }];
    case 'restore-task':
      return [{ entry, what: `deletion of ${command.id}`, on: false }];
    case 'put-tasks':
      return command.definitions.flatMap(({ id, about }) => [
        { entry, what: `suspension of ${id}`, on: about.suspended },
        { entry, what: `deletion of ${id}`, on: false },
      ]);
    default:
      return [];
  }
}

/** The later edit was made on the same machine, which had answered the earlier one by then. */
function supersedes(later: LedgerEntry, earlier: LedgerEntry): boolean {
  if (later.outcome?.ok !== true || later.machine !== earlier.machine) return false;
  return earlier.answeredAtMs !== undefined && later.atMs > earlier.answeredAtMs;
}

function joinedSince(
  entries: readonly LedgerEntry[],
  machine: MachineId,
  sinceMs: number,
  untilMs: number = Infinity,
): boolean {
  return entries.some(({ command, machine: asked, atMs }) => {
    return command.kind === 'join' && asked === machine && atMs > sinceMs && atMs <= untilMs;
  });
}

/** Every occurrence that a person was told of is known to all. */
function checkRunsByHand(scene: CheckScene, evidence: Evidence, findings: Findings): void {
  const known = evidence.members.map((machine) => {
    const ids = new Set<string>();
    for (const runs of evidence.runs.get(machine.id)?.values() ?? []) for (const run of runs) ids.add(run.occurrenceId);
    return { machine, ids };
  });
  for (const entry of scene.ledger.entries) {
    const { command, outcome, answeredAtMs } = entry;
    if (
      command.kind !== 'run-task' ||
      outcome?.ok !== true ||
      isAlone(scene, entry) ||
      !('occurrenceIds' in outcome.value)
    )
      continue;
    for (const id of outcome.value.occurrenceIds) {
      const without = known.filter(({ ids }) => !ids.has(id)).map(({ machine }) => machine.name);
      if (without.length === 0) continue;
      findings.add(answeredAtMs ?? 0, `run by hand ${id} of ${command.id} is unknown to ${without.join()}`);
    }
  }
}

/** What one machine that runs holds of any log, all members hold, record for record. */
function checkLogs(scene: CheckScene, evidence: Evidence, findings: Findings): void {
  const { cluster } = scene;
  const holders = cluster.machines.filter((machine) => machine.running && scene.observer.isMember(machine.id));
  const stores = holders.map((machine) => ({ machine, store: openMemoryStore(machine.disk) }));
  const vectors = stores.map(({ store }) => store.load().logVector);
  const recorders = new Set(vectors.flatMap((vector) => Object.keys(vector) as MachineId[]));
  for (const recorder of recorders) {
    const logs = stores.map(({ machine, store }) => ({ machine, ...store.recordsAfter(recorder, 0, ALL) }));
    const floor = Math.max(...logs.map((log) => log.floor));
    // What was appended in this very moment may be under way.
    const until = cluster.machine(0).clock.wallMs() - 5000;
    const texts = logs.map(({ records }) => {
      return records.filter(({ sequence, recordedAt }) => sequence > floor && recordedAt < until).map(textOf);
    });
    const longest = texts.reduce((a, b) => (b.length > a.length ? b : a), []);
    for (const [index, text] of texts.entries()) {
      const machine = logs[index]?.machine as SimMachine;
      if (!evidence.members.includes(machine)) continue;
      const differs = longest.findIndex((record, position) => text[position] !== record);
      if (differs < 0) continue;
      const who = cluster.machines.find(({ id }) => id === recorder)?.name ?? recorder;
      const what = text[differs] ?? 'nothing';
      findings.add(cluster.time.now, `${machine.name} holds ${what} in the log of ${who}, not ${longest[differs]}`);
    }
  }
  for (const { store } of stores) store.close();
}

function textOf({ sequence, id, state, recordedAt }: RunRecord): string {
  return `${sequence}:${id} ${state} ${recordedAt}`;
}
