/** Five machines that know each other by mDNS alone: agents are killed one after the other, and the others go on. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { AgentProcess } from '../integration/agent-process.ts';
import { eventually } from '../integration/eventually.ts';
import { shellTask } from '../integration/task-builder.ts';
import { reportFigure } from './figures.ts';
import { concludeAudit, runsSince } from './lan-audit.ts';
import { lanOfFile } from './lan-bed.ts';
import { lanTools } from './lan-tools.ts';

const KILLS = 10;
const EVERY_MS = 1000;

describe.skipIf(lanTools().noNetwork !== undefined)('a machine whose agent is killed', () => {
  const { bed, machines } = lanOfFile({ switches: [3, 2] });
  const tasks = Array.from({ length: 5 }, (_, index) => `pulse-${index}`);
  let from = 0;

  beforeAll(async () => {
    await machines[0]?.client.tasks.apply({
      definitions: tasks.map((id) => shellTask(id, 'true', { everyMs: EVERY_MS })),
    });
    await bed.settled(...machines);
    from = Date.now();
  });

  it('is given up quickly by all, its tasks go on in time, and nothing is missed or doubled', async () => {
    const detectionMs: number[] = [];
    const latenessMs: number[] = [];
    const takeOverMs: number[] = [];
    for (let round = 0; round < KILLS; round += 1) {
      const victim = await ownerOfMost(machines, round);
      const others = machines.filter((machine) => machine !== victim);
      const owned = await ownedBy(others[0] as AgentProcess, victim, tasks);
      const killedAt = Date.now();
      await victim.kill();
      await eventually(() => {
        const observers = bed.deaths.filter(({ machine, at }) => machine === victim.id && at >= killedAt);
        expect(observers.map(({ observer }) => observer).sort()).toEqual(others.map(({ name }) => name).sort());
      });
      detectionMs.push(
        ...bed.deaths
          .filter(({ machine, at }) => machine === victim.id && at >= killedAt)
          .map(({ at }) => at - killedAt),
      );
      const starts = await eventually(async () => {
        const runs = await runsSince(others[0] as AgentProcess, owned, killedAt);
        const started = runs.filter((run) => run.startedAt !== null && run.machineId !== victim.id);
        for (const id of owned) expect(started.filter(({ taskId }) => taskId === id).length).toBeGreaterThanOrEqual(2);
        return started.map((run) => ({
          task: run.taskId,
          dueAt: Date.parse(run.dueAt),
          at: Date.parse(run.startedAt ?? ''),
        }));
      });
      latenessMs.push(...starts.map(({ dueAt, at }) => at - dueAt));
      for (const id of owned) {
        takeOverMs.push(Math.min(...starts.filter(({ task }) => task === id).map(({ at }) => at)) - killedAt);
      }
      await bed.heal(...machines);
    }
    const reports = await concludeAudit(machines, { tasks, from });
    for (const [task, { totals, entries }] of reports) {
      expect(entries.length, task).toBeGreaterThan(KILLS);
      expect({ task, missed: totals.missed, doubled: totals.doubled }).toEqual({ task, missed: 0, doubled: 0 });
    }
    reportFigure('killed: known to all others', 1500, detectionMs);
    reportFigure('killed: first start elsewhere after the kill', 2 * EVERY_MS + 1500, takeOverMs);
    reportFigure('killed: start after due', 2000, latenessMs);
  });
});

/** The one that owns the most tasks; among equals another one each round. */
async function ownerOfMost(machines: readonly AgentProcess[], round: number): Promise<AgentProcess> {
  const { members } = await (machines[0] as AgentProcess).status();
  const counts = new Map(members.map((member) => [member.id, member.ownedTasks]));
  const rotated = machines.map((_, index) => machines[(index + round) % machines.length] as AgentProcess);
  return rotated.toSorted((a, b) => (counts.get(b.id) ?? 0) - (counts.get(a.id) ?? 0))[0] as AgentProcess;
}

async function ownedBy(witness: AgentProcess, owner: AgentProcess, tasks: readonly string[]): Promise<string[]> {
  const listed = await witness.client.tasks.list({ owner: owner.id });
  return listed.tasks.map(({ id }) => id).filter((id) => tasks.includes(id));
}
