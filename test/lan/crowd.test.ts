/** As many agents on one machine as fit, found by mDNS on one network card: nothing happens for two minutes, and nobody is given up. */
import { readFileSync } from 'node:fs';
import { availableParallelism, freemem } from 'node:os';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { AgentProcess } from '../integration/agent-process.ts';
import { shellTask } from '../integration/task-builder.ts';
import { concludeAudit } from './lan-audit.ts';
import { LanBed, describeOnLan } from './lan-bed.ts';
import { markProcessors, sharesSince } from './processors.ts';
import { pass, patiently } from './stretch.ts';

const AGENT_BYTES = 400 * 1024 * 1024;
const FEWEST = 5;
const MOST = 50;
/** Heartbeats cost each machine something for each other one. */
const PER_PROCESSOR = 10;
const STABLE_MS = 120_000;
const TEST_MS = 600_000;
/** Of all processors, what others may take of them when a death shall count. */
const OTHERS_MOST = 0.4;
const TRIALS = 3;
/** Agents that start at the same time. */
const AT_ONCE = 4;

const count = crowdSize();

describeOnLan(`${count} agents on one machine`, () => {
  const bed = new LanBed({ switches: [1, 0] });
  const agents: AgentProcess[] = [];
  const tasks = Array.from({ length: 20 }, (_, index) => `tick-${index}`);

  beforeAll(async () => {
    for (let number = 1; number <= count; number += 1) {
      agents.push(await bed.addTo({ machine: 1, name: `a${number}` }));
    }
    for (let from = 0; from < count; from += AT_ONCE) {
      await Promise.all(agents.slice(from, from + AT_ONCE).map((agent) => agent.start()));
    }
    const [founder, ...others] = agents;
    await founder?.client.cluster.create({ name: 'crowd' });
    for (const other of others) {
      const invitation = await founder?.client.cluster.invite({});
      await patiently(() => join(other, invitation?.token ?? ''));
    }
    await bed.voting(...agents);
    await bed.settled(...agents);
  }, TEST_MS);
  afterEach(({ task }) => {
    if (task.result?.state === 'fail') process.stderr.write(`${task.name}\n${bed.report()}\n`);
  });
  afterAll(() => bed.clean());

  /**
   * Two minutes without a death. When others take most of the processors all the while, agents are silent for longer than
   * any machine of a LAN that lives: then it is begun again, and if it never is quiet here, nothing can be said.
   */
  async function stayTogether(skip: (why: string) => never): Promise<{ from: number; share: number }> {
    const pids = agents.map((agent) => agent.pid);
    for (let trial = 1; ; trial += 1) {
      const from = Date.now();
      const mark = markProcessors(pids);
      try {
        await pass(STABLE_MS, () => expect(bed.deathsSince(from)).toEqual([]));
        return { from, share: sharesSince(mark, pids).each };
      } catch (fault) {
        const { others } = sharesSince(mark, pids);
        if (others < OTHERS_MOST) throw fault;
        process.stderr.write(`not counted, ${Math.round(100 * others)} % went to others: ${String(fault)}\n`);
        if (trial === TRIALS) skip('others take too much of the processors to tell who is alive');
        await bed.settled(...agents);
      }
    }
  }

  it(
    'stay together for two minutes, share the tasks, and say the same of all',
    { timeout: TEST_MS },
    async ({ skip }) => {
      await agents[0]?.client.tasks.apply({
        definitions: tasks.map((id) => shellTask(id, bed.noteStart(`${id}.starts`), { everyMs: 10_000 })),
      });
      await bed.settled(...agents);
      const { from, share } = await stayTogether(skip);
      const memoryBytes = agents.map((agent) => residentBytes(agent.pid));
      const figures = {
        agents: count,
        processorPercentOfEach: Math.round(1000 * share) / 10,
        memoryMebibytesOfEach: Math.round(
          memoryBytes.reduce((sum, bytes) => sum + bytes, 0) / agents.length / 1024 / 1024,
        ),
      };
      process.stdout.write(`${JSON.stringify({ crowd: figures })}\n`);
      const reports = await concludeAudit(agents, { tasks, from });
      for (const [task, { totals }] of reports) {
        expect({ task, missed: totals.missed, doubled: totals.doubled }).toEqual({ task, missed: 0, doubled: 0 });
        const starts = bed.starts(`${task}.starts`).map(({ occurrence, attempt }) => `${occurrence} ${attempt}`);
        expect(new Set(starts).size).toBe(starts.length);
      }
      expect(bed.deathsSince(from)).toEqual([]);
    },
  );
});

/** Joins, unless an answer that came too late has done so already. */
async function join(agent: AgentProcess, token: string): Promise<void> {
  const { cluster } = await agent.status();
  if (cluster === null) await agent.client.cluster.join({ token });
}

/** By free memory and processors; CARILLON_LAN_CROWD asks for another number. */
function crowdSize(): number {
  const asked = Number(process.env['CARILLON_LAN_CROWD'] ?? '');
  const fit = Math.floor(freemem() / AGENT_BYTES);
  const size = asked > 0 ? asked : Math.min(PER_PROCESSOR * availableParallelism(), fit);
  return Math.max(FEWEST, Math.min(MOST, size));
}

function residentBytes(pid: number): number {
  const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kibibytes) * 1024;
}
