/**
 * How long each door is attacked. One budget (`CARILLON_FUZZ_SECONDS`, by default 60 s) is shared among the doors by
 * weight; with `CARILLON_FUZZ_DOOR` one door gets all of it. A storm ends with its time or with its largest number of
 * inputs, so a slow machine tries fewer inputs and never fails for that.
 */
import { readFileSync } from 'node:fs';
import { env } from 'node:process';

/** Weights of the doors; a door is one file in `doors/`, of this name. */
export const DOORS = {
  codec: 4,
  frames: 2,
  peer: 12,
  document: 8,
  output: 2,
  'data-folder': 5,
  identity: 2,
  console: 8,
  'task-files': 4,
  schedules: 3,
  'command-line': 4,
  database: 6,
  processes: 4,
} as const;
export type DoorName = keyof typeof DOORS;

export const DEFAULT_SECONDS = 60;
const MAX_SECONDS = 24 * 3600;
const MAX_INPUTS = 10_000_000;

/** What a run of the fuzzers was asked for. */
export interface FuzzRequest {
  /** Every input follows from it. */
  readonly seed: number;
  /** For all doors together. */
  readonly seconds: number;
  /** The only door that is attacked; undefined: all. */
  readonly door: DoorName | undefined;
  /** This input alone is fed, to see a failure again. */
  readonly input: Uint8Array | undefined;
}

/** Reads `CARILLON_FUZZ_SECONDS`, `_SEED`, `_DOOR` and `_INPUT` (base64, or @ and a file); absent ones get defaults. */
export function fuzzRequest(source: NodeJS.ProcessEnv = env): FuzzRequest {
  const door = source['CARILLON_FUZZ_DOOR'];
  if (door !== undefined && !isDoor(door)) throw new Error(`${door} is no door: ${Object.keys(DOORS).join(', ')}`);
  const input = source['CARILLON_FUZZ_INPUT'];
  return {
    seed: numberOf(source['CARILLON_FUZZ_SEED'], 1, 2 ** 32 - 1),
    seconds: numberOf(source['CARILLON_FUZZ_SECONDS'], DEFAULT_SECONDS, MAX_SECONDS),
    door,
    input: input === undefined ? undefined : inputOf(input),
  };
}

export function isDoor(name: string): name is DoorName {
  return Object.hasOwn(DOORS, name);
}

/** The share of one storm. @param part of its door's time, 0 to 1, where a door has several storms. */
export function budgetOf(door: DoorName, part: number, request: FuzzRequest): { ms: number; inputs: number } {
  const whole = Object.values(DOORS).reduce((sum, weight) => sum + weight, 0);
  const share = request.door === door ? 1 : DOORS[door] / whole;
  return { ms: request.seconds * 1000 * share * part, inputs: MAX_INPUTS };
}

function inputOf(text: string): Uint8Array {
  return new Uint8Array(text.startsWith('@') ? readFileSync(text.slice(1)) : Buffer.from(text, 'base64'));
}

function numberOf(text: string | undefined, otherwise: number, max: number): number {
  if (text === undefined || text === '') return otherwise;
  const number = Number(text);
  if (!Number.isFinite(number) || number < 0 || number > max) throw new Error(`${text} is no number from 0 to ${max}`);
  return number;
}
