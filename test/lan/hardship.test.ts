/** Four machines, one of which has a clock that is half a minute ahead, and another a disk that fills up. */
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, expect, it } from 'vitest';
import type { AgentProcess } from '../integration/agent-process.ts';
import { shellTask } from '../integration/task-builder.ts';
import { concludeAudit, runsSince } from './lan-audit.ts';
import { describeOnLan, lanOfFile } from './lan-bed.ts';
import { lanTools } from './lan-tools.ts';
import { patiently } from './stretch.ts';

const AHEAD = 2;
const SMALL = 3;
const AHEAD_MS = 30_000;
const DISK_BYTES = 40 * 1024 * 1024;
const tools = lanTools();

describeOnLan(
  'a machine',
  () => {
    const { bed, machines } = lanOfFile({ switches: [2, 2] }, (machine, own) =>
      machine === AHEAD + 1
        ? { environment: clockAhead() }
        : machine === SMALL + 1
          ? { dataFolder: join(own.smallDisk(DISK_BYTES), 'data') }
          : {},
    );
    const tasks = Array.from({ length: 4 }, (_, index) => `tick-${index}`);
    const once = Array.from({ length: 4 }, (_, index) => `once-${index}`);

    beforeAll(async () => {
      const everyMs = 2000;
      await machines[0]?.client.tasks.apply({
        definitions: [
          ...tasks.map((id) => shellTask(id, bed.noteStart(`${id}.starts`), { everyMs })),
          ...once.map((id) =>
            shellTask(id, bed.noteStart(`${id}.starts`), { everyMs, policy: { guarantee: 'at-most-once' } }),
          ),
        ],
      });
      await bed.settled(...machines);
    });
    afterEach(() => bed.heal(...machines));

    async function audited(act: (from: number) => Promise<void>): Promise<void> {
      for (const id of [...tasks, ...once]) await machines[0]?.client.tasks.resume({ id });
      await bed.settled(...machines);
      const from = Date.now() + 1000;
      await act(from);
      await bed.settled(...machines);
      const reports = await concludeAudit(machines, { tasks: [...tasks, ...once], from });
      for (const [task, { totals }] of reports) {
        expect({ task, missed: totals.missed, doubled: totals.doubled }).toEqual({ task, missed: 0, doubled: 0 });
        const starts = bed.starts(`${task}.starts`).map(({ occurrence, attempt }) => `${occurrence} ${attempt}`);
        expect(new Set(starts).size).toBe(starts.length);
      }
    }

    it('whose clock is half a minute ahead is warned of by all, and nothing is missed or doubled', async () => {
      const ahead = machines[AHEAD] as AgentProcess;
      await audited(async (from) => {
        await patiently(async () => {
          for (const machine of machines) {
            const { members, warnings } = await machine.status();
            const about = warnings.filter(({ code }) => code === 'CLOCK_SKEW').map(({ text }) => text);
            if (machine === ahead) expect(about).toHaveLength(machines.length - 1);
            else expect(about).toEqual([expect.stringMatching(/^the clock of m3 is (?:29|30)\.\d s ahead$/)]);
            const others = members.filter(({ self }) => !self);
            for (const { name, clockSkewMs } of others) {
              const expected = machine === ahead ? -AHEAD_MS : name === ahead.name ? AHEAD_MS : 0;
              expect(Math.abs((clockSkewMs ?? Number.NaN) - expected), `${machine.name} of ${name}`).toBeLessThan(1000);
            }
          }
        });
        await patiently(async () => {
          const runs = await runsSince(machines[0] as AgentProcess, [...tasks, ...once], from);
          for (const id of [...tasks, ...once])
            expect(
              runs.filter(
                (known) => known.taskId === id && known.startedAt !== null && Date.parse(known.nominalAt) < Date.now(),
              ).length,
            ).toBeGreaterThanOrEqual(4);
        });
        expect(bed.deathsSince(from)).toEqual([]);
      });
    });

    it('whose disk is full takes no runs, the others do, and it is back when there is room', async () => {
      const small = machines[SMALL] as AgentProcess;
      const others = machines.filter((machine) => machine !== small);
      const refusal = async (): Promise<string | null | undefined> => {
        const { members } = await (others[0] as AgentProcess).status();
        return members.find(({ name }) => name === small.name)?.load?.notAccepting;
      };
      await audited(async (from) => {
        const ballast = join(small.dataFolder, '..', 'ballast');
        fill(ballast);
        await patiently(async () => {
          await small.client.tasks
            .apply({ definitions: [shellTask('too-much', 'x'.repeat(100_000))] })
            .catch(() => undefined);
          expect(await refusal()).toBe('STORAGE_FULL');
        });
        const fullSince = Date.now() + 2000;
        await patiently(async () => {
          const runs = await runsSince(others[0] as AgentProcess, [...tasks, ...once], fullSince);
          const started = runs.filter((known) => known.startedAt !== null);
          for (const id of [...tasks, ...once])
            expect(started.filter(({ taskId }) => taskId === id).length).toBeGreaterThanOrEqual(2);
          const onSmall = started.filter(
            ({ machineId, startedAt }) => machineId === small.id && Date.parse(startedAt ?? '') > fullSince,
          );
          expect(onSmall).toEqual([]);
        });
        rmSync(ballast);
        await patiently(async () => expect(await refusal()).toBeNull());
        expect(bed.deathsSince(from)).toEqual([]);
      });
    });
  },
  tools.shiftedClock === undefined ? 'there is no libfaketime' : undefined,
);

function clockAhead(): Record<string, string> {
  return { LD_PRELOAD: tools.shiftedClock ?? '', FAKETIME: `+${AHEAD_MS / 1000}s`, FAKETIME_DONT_FAKE_MONOTONIC: '1' };
}

/** Writes until nothing fits any more. */
function fill(path: string): void {
  const file = openSync(path, 'w');
  try {
    for (let bytes = 1024 * 1024; bytes >= 1; bytes = Math.floor(bytes / 2)) {
      const block = Buffer.alloc(bytes, 0x5a);
      for (let count = 0; count * bytes < DISK_BYTES && writeSync(file, block) === bytes; count += 1);
    }
  } catch (fault) {
    if ((fault as NodeJS.ErrnoException).code !== 'ENOSPC') throw fault;
  } finally {
    closeSync(file);
  }
}
