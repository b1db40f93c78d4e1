/**
 * Power and use of this machine, as far as its system tells a program without a window. On Linux power comes from the
 * kernel (`/sys/class/power_supply`, documented in its sysfs-class-power), use from the terminals, as `w` has it. Elsewhere
 * both are unknown to the headless agent.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

export interface MachineConditions {
  /** Undefined when it cannot be told. */
  onMains(): boolean | undefined;
  /** For how long nobody has used the machine; undefined when it cannot be told. */
  idleMs(): number | undefined;
}

/** Where Linux tells of power and terminals; tests bring their own folders. */
export interface ConditionPlaces {
  readonly powerSupplies: string;
  readonly terminals: readonly string[];
  now(): number;
}

const LINUX_PLACES: ConditionPlaces = {
  powerSupplies: '/sys/class/power_supply',
  terminals: ['/dev/pts', '/dev'],
  now: () => Date.now(),
};
/** What has not changed for so long is not looked at for each question. */
const KEEP_MS = 5000;
const TERMINAL = /^(?:tty\d+|\d+)$/;

/** @param places as Linux has them, unless a test says otherwise; undefined on other systems. */
export function createMachineConditions(
  places: ConditionPlaces | undefined = process.platform === 'linux' ? LINUX_PLACES : undefined,
): MachineConditions {
  if (places === undefined) return { onMains: () => undefined, idleMs: () => undefined };
  return { onMains: kept(places, () => readMains(places)), idleMs: kept(places, () => readIdle(places)) };
}

function kept<Value>({ now }: ConditionPlaces, read: () => Value): () => Value {
  let last: { readonly at: number; readonly value: Value } | undefined;
  return () => {
    const at = now();
    if (last === undefined || Math.abs(at - last.at) > KEEP_MS) last = { at, value: read() };
    return last.value;
  };
}

/** A machine with no battery is on mains; one whose mains supply is online, too. */
function readMains({ powerSupplies }: ConditionPlaces): boolean | undefined {
  const supplies = list(powerSupplies).map((name) => ({
    type: text(join(powerSupplies, name, 'type')),
    scope: text(join(powerSupplies, name, 'scope')),
    online: text(join(powerSupplies, name, 'online')),
    status: text(join(powerSupplies, name, 'status')),
  }));
  // Batteries of mice and the like say "Device".
  const batteries = supplies.filter(({ type, scope }) => type === 'Battery' && scope !== 'Device');
  if (batteries.length === 0) return true;
  const mains = supplies.filter(({ type }) => type === 'Mains' || type === 'USB');
  if (mains.some(({ online }) => online === '1')) return true;
  if (mains.length > 0) return false;
  return batteries.every(({ status }) => status !== 'Discharging');
}

/** Since a key was last pressed on any terminal; undefined where there is none. */
function readIdle({ terminals, now }: ConditionPlaces): number | undefined {
  let usedAt: number | undefined;
  for (const folder of terminals) {
    for (const name of list(folder)) {
      if (!TERMINAL.test(name)) continue;
      const found = statSync(join(folder, name), { throwIfNoEntry: false });
      if (found !== undefined && found.atimeMs > (usedAt ?? -Infinity)) usedAt = found.atimeMs;
    }
  }
  return usedAt === undefined ? undefined : Math.max(0, now() - usedAt);
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    // The system has no such folder: then there is nothing in it.
    return [];
  }
}

function text(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    // Not every supply tells everything.
    return '';
  }
}
