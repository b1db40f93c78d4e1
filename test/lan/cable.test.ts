/** Five machines on a real network of which parts fail in silence: cables, one direction, single packets. */
import { afterEach, beforeAll, expect, it } from 'vitest';
import type { AgentProcess } from '../integration/agent-process.ts';
import { shellTask } from '../integration/task-builder.ts';
import { reportFigures } from './figures.ts';
import { concludeAudit, runsSince } from './lan-audit.ts';
import { describeOnLan, lanOfFile } from './lan-bed.ts';
import { lanTools } from './lan-tools.ts';
import { pass, patiently } from './stretch.ts';

/** Each machine once. */
const PULLS = 5;
const EVERY_MS = 1000;
const tools = lanTools();

describeOnLan('a machine that falls silent', () => {
  const { bed, machines } = lanOfFile({ switches: [3, 2] });
  const tasks = Array.from({ length: 5 }, (_, index) => `beat-${index}`);
  const once = Array.from({ length: 2 }, (_, index) => `once-${index}`);

  beforeAll(async () => {
    await machines[0]?.client.tasks.apply({
      definitions: [
        ...tasks.map((id) => shellTask(id, 'true', { everyMs: EVERY_MS })),
        ...once.map((id) =>
          shellTask(id, bed.noteStart(`${id}.starts`), { everyMs: 2000, policy: { guarantee: 'at-most-once' } }),
        ),
      ],
    });
    await bed.settled(...machines);
  });
  afterEach(() => bed.heal(...machines));

  /** Lets the tasks come due while `act` goes on; then all machines must tell the same, and nothing was missed. */
  async function audited(act: () => Promise<void>, mayDouble: boolean): Promise<void> {
    for (const id of [...tasks, ...once]) await machines[0]?.client.tasks.resume({ id });
    await bed.settled(...machines);
    const from = Date.now() + 1000;
    await act();
    await bed.settled(...machines);
    const reports = await concludeAudit(machines, { tasks: [...tasks, ...once], from });
    for (const id of tasks) {
      const { missed, doubled } = reports.get(id)?.totals ?? { missed: Number.NaN, doubled: Number.NaN };
      expect({ id, missed, doubled }).toEqual({ id, missed: 0, doubled: mayDouble ? doubled : 0 });
    }
    for (const id of once) {
      expect({ id, missed: reports.get(id)?.totals.missed }).toEqual({ id, missed: 0 });
      const attempts = bed.starts(`${id}.starts`).map(({ occurrence, attempt }) => `${occurrence} ${attempt}`);
      expect(new Set(attempts).size, `${id} starts each attempt once`).toBe(attempts.length);
    }
  }

  /** Resolves when all of `observers` have given up `victim` since. @returns after how long each did. */
  function givenUp(victim: AgentProcess, observers: readonly AgentProcess[], since: number): Promise<number[]> {
    const names = observers.map(({ name }) => name).sort();
    return patiently(() => {
      const told = bed.deaths.filter(
        ({ machine, observer, at }) => machine === victim.id && at >= since && names.includes(observer),
      );
      expect(told.map(({ observer }) => observer).sort()).toEqual(names);
      return told.map(({ at }) => at - since);
    });
  }

  it('because its cable is pulled is given up by all, and its tasks go on elsewhere', async () => {
    const detectionMs: number[] = [];
    const latenessMs: number[] = [];
    await audited(async () => {
      for (let round = 0; round < PULLS; round += 1) {
        const number = (round % machines.length) + 1;
        const victim = machines[number - 1] as AgentProcess;
        const others = machines.filter((machine) => machine !== victim);
        const witness = others[0] as AgentProcess;
        const owned = (await witness.client.tasks.list({ owner: victim.id })).tasks
          .map(({ id }) => id)
          .filter((id) => tasks.includes(id));
        const pulledAt = Date.now();
        bed.network.unplug(number);
        detectionMs.push(...(await givenUp(victim, others, pulledAt)));
        const starts = await patiently(async () => {
          const runs = await runsSince(witness, owned, pulledAt);
          const started = runs.filter((run) => run.startedAt !== null && run.machineId !== victim.id);
          for (const id of owned) expect(started.filter((run) => run.taskId === id).length).toBeGreaterThanOrEqual(5);
          return started;
        });
        latenessMs.push(...starts.map((run) => Date.parse(run.startedAt ?? '') - Date.parse(run.dueAt)));
        bed.network.plug(number);
        await bed.settled(...machines);
      }
    }, true);
    reportFigures(
      { name: 'silent: known to all others', boundMs: 5000, samplesMs: detectionMs },
      { name: 'silent: start after due', boundMs: 2000, samplesMs: latenessMs },
    );
  });

  it.skipIf(tools.noRules !== undefined)(
    'in one direction is not used as if it could be heard, and comes back',
    async () => {
      await audited(async () => {
        const victim = machines[1] as AgentProcess;
        const others = machines.filter((machine) => machine !== victim);
        const mutedAt = Date.now();
        bed.network.mute(2);
        reportFigures({
          name: 'one direction: known to all others',
          boundMs: 5000,
          samplesMs: await givenUp(victim, others, mutedAt),
        });
        await patiently(async () => {
          const runs = await runsSince(others[0] as AgentProcess, tasks, mutedAt + 5000);
          for (const id of tasks)
            expect(runs.filter((run) => run.taskId === id && run.startedAt !== null).length).toBeGreaterThanOrEqual(3);
        });
        bed.network.unruled();
      }, true);
    },
  );

  it.skipIf(tools.noRules !== undefined)(
    'for single packets, a fifth of them, is not given up by anybody for a minute',
    async () => {
      await audited(async () => {
        const from = Date.now();
        bed.network.lose(20);
        await pass(60_000, () => expect(bed.deathsSince(from)).toEqual([]));
        bed.network.unruled();
        expect(bed.deathsSince(from)).toEqual([]);
      }, false);
    },
  );
});
