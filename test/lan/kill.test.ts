/** Five machines that know each other by mDNS alone: agents are killed one after the other, and the others go on. */
import { afterEach, beforeAll, expect, it } from 'vitest';
import type { RunOutput } from '../../core/api/run-schemas.ts';
import { endProcess, launchersOf, processesOfRun } from '../integration/own-processes.ts';
import type { AgentProcess } from '../integration/agent-process.ts';
import { shellTask } from '../integration/task-builder.ts';
import { reportFigures } from './figures.ts';
import { concludeAudit, runsSince } from './lan-audit.ts';
import { describeOnLan, lanOfFile } from './lan-bed.ts';
import { patiently } from './stretch.ts';

const KILLS = 6;
const EVERY_MS = 1000;

describeOnLan('a machine whose agent is killed', () => {
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
  afterEach(() => bed.heal(...machines));

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
      await patiently(() => {
        const observers = bed.deaths.filter(({ machine, at }) => machine === victim.id && at >= killedAt);
        expect(observers.map(({ observer }) => observer).sort()).toEqual(others.map(({ name }) => name).sort());
      });
      detectionMs.push(
        ...bed.deaths
          .filter(({ machine, at }) => machine === victim.id && at >= killedAt)
          .map(({ at }) => at - killedAt),
      );
      const starts = await patiently(async () => {
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
    reportFigures(
      { name: 'killed: known to all others', boundMs: 1500, samplesMs: detectionMs },
      { name: 'killed: first start elsewhere after the kill', boundMs: 2 * EVERY_MS + 1500, samplesMs: takeOverMs },
      { name: 'killed: start after due', boundMs: 2000, samplesMs: latenessMs },
    );
  });

  it('in the middle of a run is followed by a second attempt elsewhere, with a higher fencing token', async () => {
    const rerunAfterMs = 1000;
    const againMs: number[] = [];
    for (const id of ['long-0', 'long-1', 'long-2']) {
      const script = `${bed.noteStart(`${id}.starts`)}\nif [ "$CARILLON_ATTEMPT" = 1 ]; then exec sleep 100; fi`;
      const from = Date.now();
      await machines[0]?.client.tasks.apply({
        definitions: [shellTask(id, script, { policy: { onLost: 'rerun', rerunAfterMs } })],
      });
      await machines[0]?.client.tasks.run({ id });
      const first = await patiently(async () => {
        for (const machine of machines) {
          expect(
            (await machine.runsOf(id)).map(({ state }) => state),
            machine.name,
          ).toEqual(['running']);
        }
        return (await (machines[0] as AgentProcess).runsOf(id))[0] as RunOutput;
      });
      const victim = bed.agent(first.machineName);
      const cutAt = Date.now();
      await cutPower(victim, first.id);
      await patiently(() => expect(bed.starts(`${id}.starts`)).toHaveLength(2));
      againMs.push(Date.now() - cutAt);
      await bed.heal(...machines);
      await patiently(async () => {
        for (const machine of machines) {
          const runs = (await machine.runsOf(id)).map(({ attempt, state, duplicate }) => [attempt, state, duplicate]);
          expect(runs.sort(), machine.name).toEqual([
            [1, 'lost', false],
            [2, 'succeeded', false],
          ]);
        }
      });
      const [before, after] = bed.starts(`${id}.starts`);
      expect(after?.machine).not.toBe(victim.name);
      expect(after?.fencingToken).toBeGreaterThan(before?.fencingToken ?? Number.POSITIVE_INFINITY);
      await concludeAudit(machines, { tasks: [id], from });
    }
    reportFigures({
      name: 'killed in a run: started again elsewhere',
      boundMs: rerunAfterMs + 1500 + 2000,
      samplesMs: againMs,
    });
  });
});

/** Kills the agent, what keeps its runs, and the processes of this run: what a power cut does. */
async function cutPower(agent: AgentProcess, run: string): Promise<void> {
  const processes = [...launchersOf(agent.dataFolder), ...processesOfRun(run)];
  expect(processes.length).toBeGreaterThan(1);
  await agent.kill();
  for (const pid of processes) endProcess(pid);
}

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
