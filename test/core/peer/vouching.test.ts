/** Nothing is run that the document has not vouched for. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { DocumentHost } from '../../../core/ports/document-host.ts';
import { SimCluster, simTask } from '../../simulator/sim-cluster.ts';

const task = simTask('backup', '*/10 * * * * *');
let cluster: SimCluster;
let asked: string[];
/** What the document of the first machine says of the task; undefined: the truth. */
let code: 'FACET_FORGED' | undefined;

/** The real document of a machine, which speaks ill of the task when it is told to. */
function suspicious(host: DocumentHost): DocumentHost {
  return {
    start: (onEvent) => {
      host.start((event) => {
        if (event.type !== 'vouched') return onEvent(event);
        asked.push(event.taskId);
        if (code === undefined) return onEvent(event);
        const author = cluster.machine(0).id;
        onEvent({ ...event, problem: { facet: 'action', author, code, text: 'The action is not signed by "m0".' } });
      });
    },
    post: (command) => {
      host.post(command);
    },
    stop: () => host.stop(),
  };
}

beforeEach(async () => {
  asked = [];
  code = undefined;
  cluster = new SimCluster({ machines: 1, document: suspicious });
  await cluster.form();
});

describe('a task', () => {
  test('is looked at once for each of its forms, not before each run', async () => {
    await cluster.put(0, task);
    await cluster.run(60_000);
    expect(cluster.startsOf(task).length).toBeGreaterThanOrEqual(5);
    expect(asked).toEqual(['backup']);
    await cluster.put(0, { ...task, about: { ...task.about, name: 'another name' } });
    await cluster.run(30_000);
    expect(asked).toEqual(['backup', 'backup']);
  });

  test('that is not vouched for is not run, and the refusal is on record with the reason', async () => {
    code = 'FACET_FORGED';
    await cluster.put(0, task);
    await cluster.run(30_000);
    expect(cluster.startsOf(task)).toEqual([]);
    const runs = await cluster.runs(0, task);
    expect(runs.length).toBeGreaterThanOrEqual(2);
    for (const run of runs) {
      expect(run).toMatchObject({ state: 'refused', reason: { code, text: 'The action is not signed by "m0".' } });
    }
  });
});
