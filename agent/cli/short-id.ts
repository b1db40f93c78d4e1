/** Beginnings of ids that people can read out; each is long enough to name its object in commands. */

const MACHINE_ID_START = '12D3KooW';

/** The first letters that distinguish a machine id. */
export function shortMachineId(id: string): string {
  return id.startsWith(MACHINE_ID_START)
    ? id.slice(MACHINE_ID_START.length, MACHINE_ID_START.length + 8)
    : id.slice(0, 8);
}

export function shortRunId(id: string): string {
  return id.slice(0, 8);
}
