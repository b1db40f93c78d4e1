/**
 * What people asked of which machine, and what they were told. An answer is a promise: what was acknowledged must not
 * be lost while a machine that held it lives.
 */
import type { MachineId } from '../../../core/domain/ids.ts';
import type { Command, CommandOutcome } from '../../../core/peer/commands.ts';
import type { SimMachine } from '../sim-machine.ts';

export interface LedgerEntry {
  readonly atMs: number;
  readonly machine: MachineId;
  readonly command: Command;
  /** Undefined while nobody has answered (or for ever, when the agent died first). */
  outcome: CommandOutcome | undefined;
  answeredAtMs: number | undefined;
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
      outcome: undefined,
      answeredAtMs: undefined,
    };
    this.entries.push(entry);
    void machine.peer.execute(command).then((outcome) => {
      entry.outcome = outcome as CommandOutcome;
      entry.answeredAtMs = this.#now();
    });
    return entry;
  }
}
