/** Five machines whose switches are parted, three here and two there, and joined again; both sides go on meanwhile. */
import { beforeAll, expect, it } from 'vitest';
import type { AgentProcess } from '../integration/agent-process.ts';
import { type DefinitionInput, shellTask } from '../integration/task-builder.ts';
import { reportFigures } from './figures.ts';
import { concludeAudit, runsSince } from './lan-audit.ts';
import { describeOnLan, lanOfFile } from './lan-bed.ts';
import { patiently } from './stretch.ts';

const SPLITS = 3;
/** The longest that machines may take to be one again: what the invariants allow. */
const HEALED_MS = 30_000;

describeOnLan('a cluster in two parts', () => {
  const { bed, machines } = lanOfFile({ switches: [3, 2] });
  const tasks = Array.from({ length: 4 }, (_, index) => `any-${index}`);
  const once = Array.from({ length: 4 }, (_, index) => `once-${index}`);

  beforeAll(async () => {
    const everyMs = 1000;
    await machines[0]?.client.tasks.apply({
      definitions: [
        ...tasks.map((id) => shellTask(id, bed.noteStart(`${id}.starts`), { everyMs })),
        ...once.map((id) =>
          shellTask(id, bed.noteStart(`${id}.starts`), { everyMs, policy: { guarantee: 'at-most-once' } }),
        ),
        shellTask('about', 'true'),
      ],
    });
    await bed.settled(...machines);
  });

  it('runs what may run twice on both sides, the rest on the larger one, and is one again when joined', async () => {
    const larger = machines.slice(0, 3);
    const smaller = machines.slice(3);
    const from = Date.now();
    const healedMs: number[] = [];
    for (let round = 0; round < SPLITS; round += 1) {
      const splitAt = Date.now();
      bed.network.split();
      await Promise.all([bed.settled(...larger), bed.settled(...smaller)]);
      const before = await definitionOf(larger[0] as AgentProcess, 'about');
      await larger[0]?.client.tasks.apply({
        definitions: [shellTask(`left-${round}`, 'true'), { ...before, about: { name: `left ${round}` } }],
      });
      await smaller[0]?.client.tasks.apply({
        definitions: [
          shellTask(`right-${round}`, 'true'),
          { ...before, action: { type: 'shell', script: `exit ${round}` } },
        ],
      });
      const settledAt = Date.now();
      await patiently(async () => {
        for (const side of [larger, smaller]) {
          const seen = await runsSince(side[0] as AgentProcess, tasks, settledAt);
          for (const id of tasks) expect(startedOn(side, seen, id)).toBeGreaterThanOrEqual(3);
        }
        const seen = await runsSince(larger[0] as AgentProcess, once, settledAt);
        for (const id of once) expect(startedOn(larger, seen, id)).toBeGreaterThanOrEqual(3);
      });
      const waiting = await runsSince(smaller[0] as AgentProcess, once, settledAt);
      for (const id of once) expect(startedOn(smaller, waiting, id)).toBe(0);
      const joinedAt = Date.now();
      bed.network.join();
      await bed.settled(...machines);
      healedMs.push(Date.now() - joinedAt);
      expect(bed.deathsSince(joinedAt), 'given up after the cable was back').toEqual([]);
      expect(joinedAt).toBeGreaterThan(splitAt);
      for (const machine of machines) {
        const { definition } = await machine.client.tasks.get({ id: 'about' });
        expect([definition.about.name, definition.action]).toMatchObject([
          `left ${round}`,
          { script: `exit ${round}` },
        ]);
        await machine.client.tasks.get({ id: `left-${round}` });
        await machine.client.tasks.get({ id: `right-${round}` });
      }
    }
    const reports = await concludeAudit(machines, { tasks: [...tasks, ...once], from });
    for (const id of [...tasks, ...once])
      expect({ id, missed: reports.get(id)?.totals.missed }).toEqual({ id, missed: 0 });
    const doubled = tasks.map((id) => reports.get(id)?.totals.doubled ?? 0);
    expect(Math.min(...doubled), 'what ran on both sides is marked').toBeGreaterThanOrEqual(SPLITS);
    for (const id of once) {
      expect(reports.get(id)?.totals.doubled).toBe(0);
      const attempts = bed.starts(`${id}.starts`).map(({ occurrence, attempt }) => `${occurrence} ${attempt}`);
      expect(new Set(attempts).size, `${id} starts each attempt once`).toBe(attempts.length);
    }
    reportFigures({ name: 'split: joined and settled', boundMs: HEALED_MS, samplesMs: healedMs });
  });
});

async function definitionOf(machine: AgentProcess, id: string): Promise<DefinitionInput> {
  const { name, script } = await machine.client.tasks.get({ id }).then(({ definition: { about, action } }) => ({
    name: about.name,
    script: action.type === 'shell' ? action.script : '',
  }));
  return shellTask(id, script, { name });
}

function startedOn(
  side: readonly AgentProcess[],
  runs: readonly { taskId: string; machineId: string; startedAt: string | null }[],
  task: string,
): number {
  const ids = new Set(side.map(({ id }) => id));
  return runs.filter((run) => run.taskId === task && run.startedAt !== null && ids.has(run.machineId)).length;
}
