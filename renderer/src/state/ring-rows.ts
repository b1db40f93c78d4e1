/** The tasks of the ring as rows: who owns each, or where each would go without the machine that is chosen. */
import type { DepartureOutput, RingOutput } from '../../../core/api/ring-schemas.ts';

export interface RingRow {
  readonly taskId: string;
  readonly taskName: string;
  readonly ownerName: string;
  /** Where it would go. */
  readonly toName?: string;
  /** Why it would run nowhere. */
  readonly stranded?: string;
}

/** Each task with its owner, by name. */
export function ownerRows(ring: RingOutput, nameOf: (machineId: string) => string): readonly RingRow[] {
  return ring.owners
    .map(({ taskId, taskName, machineId }) => ({ taskId, taskName, ownerName: nameOf(machineId) }))
    .sort(byName);
}

/** Each task that would go elsewhere, by name; those that nobody could run come first. */
export function moveRows(departure: DepartureOutput, leavingName: string): readonly RingRow[] {
  const stranded = departure.stranded.map(({ taskId, taskName, reason }) => ({
    taskId,
    taskName,
    ownerName: leavingName,
    stranded: reason,
  }));
  const moves = departure.moves.map(({ taskId, taskName, fromName, toName }) => ({
    taskId,
    taskName,
    ownerName: fromName,
    toName,
  }));
  return [...stranded.sort(byName), ...moves.sort(byName)];
}

/** Those whose task or machine contains the text, whatever its case. */
export function matchingRows(rows: readonly RingRow[], text: string): readonly RingRow[] {
  const wanted = text.trim().toLowerCase();
  if (wanted === '') return rows;
  return rows.filter((row) =>
    [row.taskName, row.ownerName, row.toName ?? ''].some((name) => name.toLowerCase().includes(wanted)),
  );
}

const COLLATOR = new Intl.Collator(undefined, { numeric: true });

function byName(a: RingRow, b: RingRow): number {
  return COLLATOR.compare(a.taskName, b.taskName) || (a.taskId < b.taskId ? -1 : 1);
}
