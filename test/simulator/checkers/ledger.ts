/**
 * What people asked of which machine, and what they were told. An answer is a promise: what was acknowledged must not
 * be lost while a machine that held it lives. With each acknowledged edit the ledger notes what the machine showed of
 * it at that moment, so that the very revision can be looked for in the end.
 */
import type { MachineId, TaskId } from '../../../core/domain/ids.ts';
import { FACET_NAMES, type FacetName } from '../../../core/domain/task.ts';
import type { Command, CommandOutcome } from '../../../core/peer/commands.ts';
import type { SimMachine } from '../sim-machine.ts';

/** A revision that a machine had made when it acknowledged an edit. */
export interface Witness {
  readonly taskId: TaskId;
  readonly facet: FacetName;
  readonly revision: number;
  readonly author: MachineId;
  /** Epoch milliseconds by the author's clock. */
  readonly changedAt: number;
}

export interface LedgerEntry {
  readonly atMs: number;
  readonly machine: MachineId;
  readonly command: Command;
  /** By the machine's wall clock, epoch milliseconds. */
  readonly askedAt: number;
  /** Undefined while nobody has answered (or for ever, when the agent died first). */
  outcome: CommandOutcome | undefined;
  answeredAtMs: number | undefined;
  /** By the machine's wall clock, epoch milliseconds. */
  answeredAt: number | undefined;
  /** What the machine showed of the edit when it acknowledged it. */
  witnesses: readonly Witness[];
}

export class Ledger {
  readonly entries: LedgerEntry[] = [];
  readonly #now: () => number;

  /** @param now virtual time in milliseconds. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Asks a machine, and notes the question and whatever answer comes. Does not let time pass. */
  ask(machine: SimMachine, command: Command): LedgerEntry {
    const entry: LedgerEntry = {
      atMs: this.#now(),
      machine: machine.id,
      command,
      askedAt: machine.wallMs(),
      outcome: undefined,
      answeredAtMs: undefined,
      answeredAt: undefined,
      witnesses: [],
    };
    this.entries.push(entry);
    const { peer } = machine;
    void peer.execute(command).then((outcome) => {
      entry.outcome = outcome;
      entry.answeredAtMs = this.#now();
      entry.answeredAt = machine.wallMs();
      if (outcome.ok) entry.witnesses = witnessesOf(command, peer.view, entry.askedAt);
    });
    return entry;
  }
}

/** Facets of the edited tasks that the machine itself has written since it was asked. */
function witnessesOf(command: Command, view: SimMachine['peer']['view'], askedAt: number): Witness[] {
  const witnesses: Witness[] = [];
  for (const taskId of editedTasks(command)) {
    const task = view.task(taskId);
    if (task === undefined) continue;
    for (const facet of FACET_NAMES) {
      const { revision, author, changedAt } = task.origins[facet];
      // Clocks may be set back meanwhile: then nothing is said of this facet.
      // What was never written has the revision 0.
      if (revision > 0 && author === view.self && changedAt >= Math.floor(askedAt)) {
        witnesses.push({ taskId, facet, revision, author, changedAt });
      }
    }
  }
  return witnesses;
}

function editedTasks(command: Command): readonly TaskId[] {
  switch (command.kind) {
    case 'put-tasks':
      return command.definitions.map(({ id }) => id);
    case 'edit-tasks':
      return command.ids;
    case 'suspend-task':
    case 'settle-conflict':
    case 'restore-task':
      return [command.id];
    default:
      return [];
  }
}
