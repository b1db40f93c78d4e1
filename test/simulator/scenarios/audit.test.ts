/** The audit, made of the logs of any machine, against what the whole cluster went through. */
import { expect, test } from 'vitest';
import { auditTasks } from '../../../core/api/run-audit.ts';
import { TIMES } from '../../../core/config/constants.ts';
import { simTask } from '../sim-cluster.ts';
import { AGREE_MS, firstStart, formedWith, until } from './lab.ts';

const MINUTE = 60_000;

test('what was withheld, then could not be started, then ran at the second attempt is late by all of that', async () => {
  let refused = 0;
  const report = simTask('report', undefined, {
    policy: { guarantee: 'at-most-once', catchUp: { mode: 'all' }, retry: { maxAttempts: 2, initialMs: 5000 } },
    schedule: { triggers: [{ kind: 'once', at: Date.UTC(2026, 0, 5, 8, 1) }] },
  });
  const behaviour = (): { durationMs: number; exitCode: number; refusal?: 'COMMAND_NOT_FOUND' } => {
    refused += 1;
    return { durationMs: 100, exitCode: 0, ...(refused === 1 ? { refusal: 'COMMAND_NOT_FOUND' as const } : {}) };
  };
  const cluster = await formedWith({ machines: 3, epochMs: Date.UTC(2026, 0, 5, 8), behaviour }, report);
  const others = [cluster.machine(1), cluster.machine(2)];
  for (const machine of others) machine.kill();
  await cluster.run(3 * MINUTE);
  expect(cluster.startsOf(report)).toEqual([]);
  for (const machine of others) await machine.boot();
  await until(cluster, MINUTE, () => cluster.startsOf(report).length > 0);
  await cluster.run(AGREE_MS);

  const start = firstStart(cluster, report);
  expect(start.attempt).toBe(2);
  const verdicts: string[] = [];
  const now = cluster.epochMs + cluster.time.now;
  for (const { peer } of cluster.machines) {
    const question = { tasks: peer.view.tasks(), since: cluster.epochMs, until: now, onTimeMs: TIMES.onTimeMs, now };
    for await (const audit of auditTasks(peer, question)) {
      const [entry] = audit.report.entries;
      verdicts.push(entry?.verdict ?? 'none');
      expect(Math.abs((entry?.latenessMs ?? 0) - (start.atMs - MINUTE))).toBeLessThan(10);
    }
  }
  expect(verdicts).toEqual(['late', 'late', 'late']);
});
