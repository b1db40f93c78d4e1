/** Five machines that find each other by mDNS alone: all of them restarted at once, in a network with other addresses. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { encodeInvitation, parseInvitation } from '../../core/security/invitation.ts';
import type { AgentProcess } from '../integration/agent-process.ts';
import { shellTask } from '../integration/task-builder.ts';
import { reportFigures } from './figures.ts';
import { concludeAudit, runsSince } from './lan-audit.ts';
import { describeOnLan, lanOfFile } from './lan-bed.ts';
import { patiently } from './stretch.ts';

describeOnLan('machines on a LAN', () => {
  const { bed, machines } = lanOfFile({ switches: [3, 2] });
  const tasks = Array.from({ length: 5 }, (_, index) => `tick-${index}`);

  beforeAll(async () => {
    await machines[0]?.client.tasks.apply({
      definitions: tasks.map((id) => shellTask(id, bed.noteStart(`${id}.starts`), { everyMs: 1000 })),
    });
  });
  beforeEach(async () => {
    for (const id of tasks) await machines[0]?.client.tasks.resume({ id });
  });
  afterEach(() => bed.heal(...machines));

  /** Resolves when each task was started `count` times since. */
  async function goOn(count: number): Promise<void> {
    const since = Date.now();
    await patiently(async () => {
      const runs = await runsSince(machines[0] as AgentProcess, tasks, since);
      for (const id of tasks)
        expect(runs.filter((run) => run.taskId === id && run.startedAt !== null).length).toBeGreaterThanOrEqual(count);
    });
  }

  /** @param apartUntil up to then machines could not reach each other, and may have run the same. */
  async function auditAll(from: number, apartUntil = from): Promise<void> {
    const reports = await concludeAudit(machines, { tasks, from });
    for (const [task, { totals, entries }] of reports) {
      const together = entries.filter(({ nominalAt }) => nominalAt >= apartUntil);
      const doubled = together.filter(({ verdict }) => verdict === 'doubled').length;
      expect({ task, missed: totals.missed, doubled }).toEqual({ task, missed: 0, doubled: 0 });
      const audited = new Set<string>(together.flatMap(({ runs }) => runs.map((run) => run.occurrenceId)));
      const starts = bed
        .starts(`${task}.starts`)
        .filter(({ occurrence }) => audited.has(occurrence))
        .map(({ occurrence, attempt }) => `${occurrence} ${attempt}`);
      expect(new Set(starts).size).toBe(starts.length);
    }
  }

  it('that all lose power at once are one cluster again, and account for the time between', async () => {
    await goOn(2);
    const from = Date.now();
    await Promise.all(machines.map((machine) => machine.kill()));
    await Promise.all(machines.map((machine) => machine.start()));
    await bed.settled(...machines);
    await goOn(3);
    await auditAll(from);
  });

  it('find each other when every address and port they knew is wrong', async () => {
    await goOn(2);
    const from = Date.now();
    await Promise.all(machines.map((machine) => machine.stop()));
    bed.network.renumber();
    for (const { dataFolder } of machines) rmSync(join(dataFolder, 'port'));
    await Promise.all(machines.map((machine) => machine.start()));
    const readyAt = Date.now();
    await bed.settled(...machines);
    const settledAt = Date.now();
    for (const [index, machine] of machines.entries()) {
      expect(
        machine.ready.addresses.some((address) => address.startsWith(`/ip4/${bed.network.address(index + 1)}/`)),
      ).toBe(true);
    }
    await goOn(3);
    await auditAll(from, settledAt);
    reportFigures({ name: 'other addresses: one again', boundMs: 8000, samplesMs: [settledAt - readyAt] });
  });

  it('find each other when the network comes back with other addresses while they run', async () => {
    const from = Date.now();
    bed.network.renumber();
    await patiently(() => expect(bed.deaths.filter(({ at }) => at >= from).length).toBeGreaterThan(0));
    await bed.settled(...machines);
    const settledAt = Date.now();
    await goOn(3);
    await auditAll(from, settledAt);
  });

  it('join with a token whose addresses lead nowhere, because the inviter is on the same network', async () => {
    const invitation = await machines[0]?.client.cluster.invite({});
    const read = parseInvitation(invitation?.token ?? '');
    if (!read.ok) throw new Error(read.error.message);
    const token = encodeInvitation({ ...read.value, addresses: ['/ip4/10.99.0.1/tcp/4100'] });
    const guest = await bed.addTo({ machine: 4, name: 'guest' });
    await guest.start();
    await patiently(() => guest.client.cluster.join({ token }));
    await bed.settled(...machines, guest);
    await machines[0]?.client.machines.remove({ machine: guest.id });
    await guest.stop();
  });
});
