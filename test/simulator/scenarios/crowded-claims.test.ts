/** Many machines that ask at once for claims on one task, each for its own occurrence: all have the same next token. */
import { expect, test } from 'vitest';
import { simTask } from '../sim-cluster.ts';
import { formedWith } from './lab.ts';

const MACHINES = 20;
const PATIENCE_MS = 5000;
/** Each claim is asked of 19 others, answered and given back a few times, and two acts carry a message. */
const ACTS_MAX = 150_000;

test('a task that is started on twenty machines at once runs on all of them soon, and little is said', async () => {
  const cleaning = simTask('cleaning', undefined, { policy: { overlap: 'allow' } });
  const cluster = await formedWith({ machines: MACHINES }, cleaning);
  const actsBefore = cluster.time.acts;
  const asked = cluster.machines.map((machine) =>
    machine.peer.execute({ kind: 'run-task', id: cleaning.id, machine: machine.id }),
  );
  for (let waitedMs = 0; waitedMs < PATIENCE_MS && cluster.time.acts - actsBefore < ACTS_MAX; waitedMs += 10) {
    await cluster.run(10);
  }
  expect((await Promise.all(asked)).every((outcome) => outcome.ok)).toBe(true);
  expect(new Set(cluster.startsOf(cleaning).map(({ machine }) => machine)).size).toBe(MACHINES);
  expect(cluster.time.acts - actsBefore).toBeLessThan(ACTS_MAX);
});
