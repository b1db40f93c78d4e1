/** Two of three real agents are gone: what must not run twice waits and says why, what must not be missed goes on. */
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

/** Kills all but one, and waits until that one knows. */
async function leaveAlone(survivor: AgentProcess): Promise<void> {
  const others = all.filter((agent) => agent !== survivor);
  await Promise.all(others.map((agent) => agent.kill()));
  await eventually(async () => {
    const { members, counts } = await survivor.status();
    expect(members.filter((member) => member.state === 'dead')).toHaveLength(2);
    expect(counts.machinesAlive).toBe(1);
  });
}

describe('one machine of three', () => {
  it('withholds what must run at most once, with the reason, and runs it once the others are back', async () => {
    const policy = { guarantee: 'at-most-once' } as const;
    await first.client.tasks.apply({
      definitions: [shellTask('invoice', bed.noteStart('invoice.starts'), { policy })],
    });
    await bed.settled(...all);
    await bed.voting(...all);
    await leaveAlone(second);
    const { occurrenceIds } = await second.client.tasks.run({ id: 'invoice' });
    const withheld = await eventually(async () => {
      const [run] = await second.runsOf('invoice');
      expect(run?.state).toBe('withheld');
      return run;
    });
    expect(withheld).toMatchObject({ reason: { code: 'NO_QUORUM' }, startedAt: null });
    expect(withheld?.reason?.text).toContain('2 of the machines');
    expect(bed.starts('invoice.starts')).toEqual([]);

    await first.start();
    await eventually(async () => {
      const runs = (await second.runsOf('invoice')).filter((run) => run.state === 'succeeded');
      expect(runs.map((run) => run.occurrenceId)).toEqual(occurrenceIds);
    }, 40_000);
    await bed.heal(...all);
    await eventually(async () => {
      for (const agent of all) {
        const states = (await agent.runsOf('invoice')).map((run) => run.state);
        expect({ agent: agent.name, states }).toEqual({ agent: agent.name, states: ['succeeded'] });
      }
    });
    expect(bed.starts('invoice.starts')).toHaveLength(1);
  });

  it('goes on with what must run at least once', async () => {
    await first.client.tasks.apply({
      definitions: [shellTask('backup', bed.noteStart('backup.starts'), { everyMs: 2000 })],
    });
    await bed.settled(...all);
    await leaveAlone(third);
    const since = Date.now();
    const late = await eventually(async () => {
      const runs = (await third.runsOf('backup')).filter(
        (run) => Date.parse(run.dueAt) > since && run.state === 'succeeded',
      );
      expect(runs.length).toBeGreaterThanOrEqual(2);
      return runs.map((run) => Date.parse(run.startedAt ?? '') - Date.parse(run.dueAt));
    });
    expect(Math.max(...late)).toBeLessThan(2000);
    await third.client.tasks.suspend({ id: 'backup' });
    await bed.heal(...all);
    await eventually(async () => {
      const known = await Promise.all(all.map(async (agent) => (await agent.runsOf('backup')).map((run) => run.id)));
      expect(known[1]).toEqual(known[0]);
      expect(known[2]).toEqual(known[0]);
    });
    const noted = bed.starts('backup.starts').map((start) => `${start.occurrence} ${start.attempt}`);
    expect(new Set(noted).size).toBe(noted.length);
  });
});
