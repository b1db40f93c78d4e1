/** Occurrences that meet: the overlap policy holds for the whole cluster, whichever machine runs the earlier one. */
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { RunOutput } from '../../core/api/run-schemas.ts';
import { bedOfFile } from './agent-bed.ts';
import { eventually } from './eventually.ts';
import { type DefinitionInput, shellTask } from './task-builder.ts';

const bed = bedOfFile();
const first = bed.add('first');
const second = bed.add('second');
const third = bed.add('third');
const all = [first, second, third];

beforeAll(() => bed.form(...all), 90_000);
afterEach(() => bed.heal(...all), 90_000);

type Overlap = NonNullable<NonNullable<DefinitionInput['policy']>['overlap']>;

/**
 * Starts the task on one machine, drains that machine so that another one owns the task, and lets it come due there
 * while the first run still goes on.
 */
async function meet(id: string, overlap: Overlap): Promise<{ earlier: RunOutput; machines: readonly string[] }> {
  const script = [
    bed.noteStart(`${id}.starts`),
    `for i in $(seq 600); do if [ -e ${bed.folder}/${id}.go ]; then break; fi; sleep 0.1; done`,
  ].join('\n');
  await first.client.tasks.apply({ definitions: [shellTask(id, script, { policy: { overlap } })] });
  await first.client.tasks.run({ id });
  const earlier = await eventually(async () => {
    const views = await Promise.all(all.map((agent) => agent.runsOf(id)));
    for (const runs of views) expect(runs[0]?.state).toBe('running');
    return views[0]?.[0] as RunOutput;
  });
  const machine = earlier.machineName ?? '';
  await first.client.machines.drain({ machine });
  const owner = await eventually(async () => {
    const names = await Promise.all(
      all.map(async (agent) => (await agent.client.tasks.get({ id })).placement.owner?.name ?? ''),
    );
    expect(new Set(names).size).toBe(1);
    expect(names[0]).not.toBe(machine);
    return names[0] ?? '';
  });
  await bed.agent(owner).client.tasks.run({ id });
  return { earlier, machines: [machine, owner] };
}

/** The other run of the task, once it is in one of the states. */
async function otherRun(id: string, earlier: RunOutput, ...states: readonly RunOutput['state'][]): Promise<RunOutput> {
  return eventually(async () => {
    const others = (await third.runsOf(id)).filter((run) => run.occurrenceId !== earlier.occurrenceId);
    const wanted = others.find((run) => states.includes(run.state));
    expect({ states: others.map((run) => run.state), found: wanted !== undefined }).toMatchObject({ found: true });
    return wanted as RunOutput;
  });
}

async function resumeAll(): Promise<void> {
  for (const { name } of all) await first.client.machines.resume({ machine: name });
}

afterEach(resumeAll, 30_000);

describe('an occurrence that comes due while an older run is active on another machine', () => {
  it('is skipped, with the reason', async () => {
    const { earlier, machines } = await meet('skipping', 'skip');
    const skipped = await otherRun('skipping', earlier, 'skipped');
    expect(skipped.reason?.code).toBe('OVERLAP');
    expect(skipped.reason?.text).toContain(machines[0]);
    bed.tell('skipping.go');
    await eventually(async () => {
      expect((await third.client.runs.get({ run: earlier.id })).run.state).toBe('succeeded');
    });
    expect(bed.starts('skipping.starts')).toHaveLength(1);
  });

  it('waits until that has ended, and runs then', async () => {
    const { earlier, machines } = await meet('queueing', 'queue-one');
    const queued = await otherRun('queueing', earlier, 'queued');
    expect(queued.startedAt).toBeNull();
    expect(bed.starts('queueing.starts')).toHaveLength(1);
    bed.tell('queueing.go');
    const later = await otherRun('queueing', earlier, 'succeeded');
    expect(later.machineName).toBe(machines[1]);
    const { run: ended } = await third.client.runs.get({ run: earlier.id });
    expect(ended.state).toBe('succeeded');
    expect(Date.parse(later.startedAt ?? '')).toBeGreaterThanOrEqual(Date.parse(ended.finishedAt ?? ''));
    expect(bed.starts('queueing.starts')).toHaveLength(2);
  });

  it('replaces it: that is cancelled, then this one runs', async () => {
    const { earlier, machines } = await meet('replacing', 'replace');
    const later = await otherRun('replacing', earlier, 'running', 'succeeded');
    const { run: ended } = await third.client.runs.get({ run: earlier.id });
    expect(ended).toMatchObject({ state: 'cancelled', machineName: machines[0] });
    expect(later.machineName).toBe(machines[1]);
    expect(Date.parse(later.startedAt ?? '')).toBeGreaterThanOrEqual(Date.parse(ended.finishedAt ?? ''));
    bed.tell('replacing.go');
    await otherRun('replacing', earlier, 'succeeded');
    expect(bed.starts('replacing.starts')).toHaveLength(2);
  });

  it('runs beside it when that is allowed', async () => {
    const { earlier } = await meet('allowing', 'allow');
    await otherRun('allowing', earlier, 'running');
    expect((await third.client.runs.get({ run: earlier.id })).run.state).toBe('running');
    bed.tell('allowing.go');
    await otherRun('allowing', earlier, 'succeeded');
  });
});
