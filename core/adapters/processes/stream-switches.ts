/**
 * The file beside an output that tells its two streams apart: the offsets at which the stream changes, each as four
 * bytes (unsigned, big end first), rising; the first begins standard error. It is made when something is written there
 * for the first time. What is torn or does not rise ends it: a damaged file tells less, never something else.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { OUTPUT } from '../../config/processes.ts';
import { errorCode } from './launch-refusal.ts';

export const SWITCH_BYTES = 4;
/** An even number, so that what follows the last is standard output. */
export const MOST_SWITCHES = 2 * OUTPUT.spansPerRun;

/** The offsets of an output; none where there is no file. Rejects with the file system's error. */
export async function readSwitches(path: string): Promise<number[]> {
  try {
    return decodeSwitches(await readFile(path));
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  }
}

/** Puts the offsets in the place of those that were there. Those beyond the most are left out. */
export async function writeSwitches(path: string, switches: readonly number[]): Promise<void> {
  await writeFile(path, encodeSwitches(switches.slice(0, MOST_SWITCHES)), { mode: 0o600 });
}

export function encodeSwitches(switches: readonly number[]): Buffer {
  const bytes = Buffer.alloc(switches.length * SWITCH_BYTES);
  for (const [index, at] of switches.entries()) bytes.writeUInt32BE(at, index * SWITCH_BYTES);
  return bytes;
}

function decodeSwitches(bytes: Buffer): number[] {
  const switches: number[] = [];
  let last = -1;
  const count = Math.min(MOST_SWITCHES, Math.floor(bytes.length / SWITCH_BYTES));
  for (let index = 0; index < count; index += 1) {
    const at = bytes.readUInt32BE(index * SWITCH_BYTES);
    if (at <= last) break;
    switches.push(at);
    last = at;
  }
  return switches;
}
