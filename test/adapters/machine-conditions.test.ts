/** Power and use of a machine, from folders as Linux has them. */
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { createMachineConditions } from '../../core/adapters/policy/machine-conditions.ts';

const root = mkdtempSync(join(tmpdir(), 'carillon-conditions-'));
afterAll(() => {
  rmSync(root, { recursive: true });
});

const NOW = 1_800_000_000_000;
let count = 0;

function machine(supplies: Record<string, Record<string, string>>, terminals: Record<string, number> = {}) {
  const folder = join(root, String((count += 1)));
  const powerSupplies = join(folder, 'power_supply');
  for (const [name, files] of Object.entries(supplies)) {
    mkdirSync(join(powerSupplies, name), { recursive: true });
    for (const [file, text] of Object.entries(files)) writeFileSync(join(powerSupplies, name, file), `${text}\n`);
  }
  const pts = join(folder, 'pts');
  mkdirSync(pts, { recursive: true });
  for (const [name, idleMs] of Object.entries(terminals)) {
    writeFileSync(join(pts, name), '');
    utimesSync(join(pts, name), (NOW - idleMs) / 1000, NOW / 1000);
  }
  const clock = { now: NOW };
  return { clock, pts, conditions: createMachineConditions({ powerSupplies, terminals: [pts], now: () => clock.now }) };
}

describe('power', () => {
  test.for([
    ['a machine without a battery', {}, true],
    ['a laptop on mains', { AC: { type: 'Mains', online: '1' }, BAT0: { type: 'Battery', status: 'Charging' } }, true],
    [
      'a laptop on battery',
      { AC: { type: 'Mains', online: '0' }, BAT0: { type: 'Battery', status: 'Discharging' } },
      false,
    ],
    [
      'one that is fed by USB',
      { U: { type: 'USB', online: '1' }, B: { type: 'Battery', status: 'Discharging' } },
      true,
    ],
    ['a battery that says it is used, and nothing else', { B: { type: 'Battery', status: 'Discharging' } }, false],
    ['a full battery, and nothing else', { B: { type: 'Battery', status: 'Full' } }, true],
    ['a mouse with a battery', { hid: { type: 'Battery', scope: 'Device', status: 'Discharging' } }, true],
  ] as const)('%s', ([, supplies, onMains]) => {
    expect(machine(supplies as Record<string, Record<string, string>>).conditions.onMains()).toBe(onMains);
  });
});

test('idle is as long as since the terminal that was used last', () => {
  const { conditions, clock } = machine({}, { '0': 60_000, '3': 5000, ptmx: 1, ttyS: 2 });
  expect(conditions.idleMs()).toBe(5000);
  clock.now += 10_000;
  expect(conditions.idleMs()).toBe(15_000);
  expect(machine({}).conditions.idleMs(), 'nobody can be logged in').toBeUndefined();
});

test('where the system tells nothing, nothing is known', () => {
  const nowhere = { powerSupplies: join(root, 'none'), terminals: [join(root, 'none')], now: () => NOW };
  expect(createMachineConditions(nowhere).idleMs()).toBeUndefined();
});
