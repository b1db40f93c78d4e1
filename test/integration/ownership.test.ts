/** Three real agents: each task runs on its owner and nowhere else, and on another machine when the owner is killed. */
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { AgentProcess } from './agent-process.ts';
import { bedOfFile } from './agent-bed.ts';
import { eventually } from './eventually.ts';
import { shellTask } from './task-builder.ts';

const bed = bedOfFile();
const first = bed.add('first');
const second = bed.add('second');
const third = bed.add('third');
const all = [first, second, third];

beforeAll(() => bed.form(...all), 90_000);
afterEach(() => bed.heal(...all), 90_000);

async function ownerOf(task: string): Promise<AgentProcess> {
  const witness = all.find((agent) => agent.running);
  const { placement } = await (witness ?? first).client.tasks.get({ id: task });
  return bed.agent(placement.owner?.name);
}

/** The one of them that is not `agent`; the first such. */
function otherThan(agent: AgentProcess): AgentProcess {
  return all.find((other) => other !== agent) as AgentProcess;
}

describe('an owner', () => {
  it('alone runs its task, once each time, as all machines agree', async () => {
    const ids = ['tick-a', 'tick-b', 'tick-c', 'tick-d'];
    await first.client.tasks.apply({
      definitions: ids.map((id) => shellTask(id, bed.noteStart(`${id}.starts`), { everyMs: 1000 })),
    });
    await eventually(() => {
      for (const id of ids) expect(bed.starts(`${id}.starts`).length).toBeGreaterThanOrEqual(4);
    });
    for (const id of ids) await second.client.tasks.suspend({ id: id });
    const starts = await eventually(async () => {
      const noted = new Map(ids.map((id) => [id, bed.starts(`${id}.starts`)]));
      for (const agent of all) {
        for (const id of ids) {
          const runs = await agent.runsOf(id);
          expect(runs.every((run) => run.state === 'succeeded')).toBe(true);
          expect(runs.map((run) => run.occurrenceId).sort()).toEqual(
            noted
              .get(id)
              ?.map((start) => start.occurrence)
              .sort(),
          );
        }
      }
      return noted;
    });
    for (const [id, noted] of starts) {
      const owner = await ownerOf(id);
      expect(new Set(noted.map((start) => start.machine))).toEqual(new Set([owner.name]));
      expect(new Set(noted.map((start) => start.occurrence)).size).toBe(noted.length);
      expect(new Set(noted.map((start) => start.attempt))).toEqual(new Set([1]));
      const tokens = noted.map((start) => start.fencingToken);
      expect(tokens).toEqual(tokens.toSorted((a, b) => a - b));
      expect(new Set(tokens).size).toBe(tokens.length);
    }
  });

  it('is one machine that all of them name, and the tasks are shared out', async () => {
    const ids = Array.from({ length: 12 }, (_, index) => `shared-${index}`);
    await second.client.tasks.apply({ definitions: ids.map((id) => shellTask(id, 'true')) });
    await bed.settled(...all);
    const views = await Promise.all(
      all.map(async (agent) => {
        const { tasks } = await agent.client.tasks.list({ text: 'shared-' });
        return tasks.map((task) => `${task.id} ${task.ownerName}`);
      }),
    );
    expect(views[0]).toHaveLength(12);
    expect(views[1]).toEqual(views[0]);
    expect(views[2]).toEqual(views[0]);
    const { members } = await first.status();
    const { total } = await first.client.tasks.list({});
    for (const member of members) expect(member.ownedTasks).toBeLessThanOrEqual(Math.ceil((1.25 * total) / 3));
  });
});

describe('an owner that is killed', () => {
  it('is followed by another machine on the next occurrence, and comes back with its history', async () => {
    await first.client.tasks.apply({
      definitions: [shellTask('pulse', bed.noteStart('pulse.starts'), { everyMs: 4000 })],
    });
    await eventually(() => expect(bed.starts('pulse.starts').length).toBeGreaterThan(0));
    const owner = await ownerOf('pulse');
    const witness = otherThan(owner);
    const before = await eventually(async () => {
      const runs = await witness.runsOf('pulse');
      const ended = runs.filter((run) => run.state === 'succeeded' && run.machineName === owner.name);
      expect(ended.length).toBeGreaterThan(0);
      return ended;
    });
    const historyBefore = await owner.runsOf('pulse');
    const killedAt = Date.now();
    await owner.kill();

    const next = await eventually(async () => {
      const run = (await witness.runsOf('pulse')).findLast((candidate) => Date.parse(candidate.dueAt) > killedAt);
      expect(run?.startedAt).toBeTruthy();
      return run as NonNullable<typeof run>;
    });
    expect(next.machineName).not.toBe(owner.name);
    expect(Date.parse(next.startedAt ?? '') - Date.parse(next.dueAt)).toBeLessThan(2000);
    const seen = (await witness.status()).members.find((member) => member.name === owner.name);
    expect(seen?.state).toBe('dead');
    expect(seen?.stateReason).not.toBe('');

    await owner.start();
    await bed.settled(...all);
    const after = await owner.runsOf('pulse');
    const ids = new Set(after.map((run) => run.id));
    for (const run of [...before, ...historyBefore]) expect(ids.has(run.id)).toBe(true);
    await eventually(async () => {
      expect((await owner.runsOf('pulse')).map((run) => run.id)).toContain(next.id);
    });
    await witness.client.tasks.suspend({ id: 'pulse' });
    const noted = bed.starts('pulse.starts').map((start) => start.occurrence);
    expect(new Set(noted).size).toBe(noted.length);
  });

  it('loses no occurrence and doubles none, even when it is killed and restarted again and again', async () => {
    await first.client.tasks.apply({
      definitions: [shellTask('steady', bed.noteStart('steady.starts'), { everyMs: 2000 })],
    });
    for (let round = 0; round < 2; round += 1) {
      const owner = await ownerOf('steady');
      const count = bed.starts('steady.starts').length;
      await owner.kill();
      await eventually(() => expect(bed.starts('steady.starts').length).toBeGreaterThan(count + 1));
      await owner.start();
      await bed.settled(...all);
    }
    await second.client.tasks.suspend({ id: 'steady' });
    const runs = await eventually(async () => {
      const known = await second.runsOf('steady');
      expect(known.every((run) => run.finishedAt !== null)).toBe(true);
      return known;
    });
    const nominal = [...new Set(runs.map((run) => Date.parse(run.nominalAt)))].sort((a, b) => a - b);
    for (const [index, at] of nominal.entries()) {
      if (index > 0) expect(at - (nominal[index - 1] ?? 0)).toBe(2000);
    }
    const noted = bed.starts('steady.starts').map((start) => `${start.occurrence} ${start.attempt}`);
    expect(new Set(noted).size).toBe(noted.length);
  });
});
