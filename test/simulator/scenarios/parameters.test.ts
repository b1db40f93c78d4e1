/** The values that a person said go with what was asked for: through a queue, a retry, and the death of who was to run it. */
import { describe, expect, test } from 'vitest';
import type { LaunchSpec } from '../../../core/ports/process-runner.ts';
import type { ProgramBehaviour } from '../sim-processes.ts';
import { type SimCluster, simTask } from '../sim-cluster.ts';
import { AGREE_MS, expectAgreement, expectOneStartPerAttempt, formedWith, until } from './lab.ts';

const parameters = [
  { name: 'target', required: true },
  { name: 'level', type: 'number', default: '1' },
];
const action = { type: 'command', argv: ['deploy'], parameters };

/** A cluster whose programs are noted with the values that each was given. */
async function noting(
  machines: number,
  policy: Record<string, unknown>,
  behaviourOf: (spec: LaunchSpec) => ProgramBehaviour,
) {
  const deploy = simTask('deploy', undefined, { action, policy });
  const given: string[] = [];
  const behaviour = (spec: LaunchSpec): ProgramBehaviour => {
    const { CARILLON_PARAM_TARGET: target, CARILLON_PARAM_LEVEL: level } = spec.environment;
    given.push(`${target} ${level}`);
    return behaviourOf(spec);
  };
  const cluster = await formedWith({ machines, behaviour }, deploy);
  return { cluster, deploy, given };
}

async function ask(cluster: SimCluster, index: number, target: string, level?: string): Promise<void> {
  const values = { target, ...(level === undefined ? {} : { level }) };
  await cluster.command(index, { kind: 'run-task', id: simTask('deploy', undefined).id, parameters: values });
}

describe('values of a run by hand', () => {
  test('stay with each of those that wait in a queue', async () => {
    const { cluster, deploy, given } = await noting(3, { overlap: 'queue-all' }, () => ({
      durationMs: 3000,
      exitCode: 0,
    }));
    await ask(cluster, 0, 'a', '1');
    await ask(cluster, 1, 'b', '2');
    await ask(cluster, 2, 'c');
    await until(cluster, AGREE_MS, () => given.length === 3);
    expect(given).toEqual(['a 1', 'b 2', 'c 1']);
    expectOneStartPerAttempt(cluster, deploy);
    await expectAgreement(cluster, deploy);
  });

  test('go with what another machine takes over when that which ran it has died', async () => {
    const policy = { rerunAfterMs: 2000 };
    const { cluster, deploy, given } = await noting(3, policy, () => ({ durationMs: 20_000, exitCode: 0 }));
    const owner = cluster.ownerOf(deploy);
    const asker = cluster.machines.findIndex((machine) => machine !== owner);
    await ask(cluster, asker, "$(touch owned) 'x'", '7');
    await until(cluster, AGREE_MS, () => given.length === 1);
    expect(cluster.startsOf(deploy)[0]?.machine).toBe(owner.id);
    owner.losePower();
    await until(cluster, 2 * AGREE_MS, () => given.length === 2);
    expect(given).toEqual(["$(touch owned) 'x' 7", "$(touch owned) 'x' 7"]);
    expect(cluster.startsOf(deploy)[1]?.machine).not.toBe(owner.id);
  });

  test('are known to those who run it when the machine on which they were said is gone', async () => {
    const { cluster, deploy, given } = await noting(3, {}, () => ({ durationMs: 100, exitCode: 0 }));
    const owner = cluster.ownerOf(deploy);
    const asker = cluster.machines.findIndex((machine) => machine !== owner);
    await ask(cluster, asker, 'live', '4');
    cluster.machine(asker).losePower();
    await until(cluster, AGREE_MS, () => given.length === 1);
    expect(given).toEqual(['live 4']);
    await cluster.machine(asker).boot();
    await expectAgreement(cluster, deploy);
    const runs = await cluster.runs(asker, deploy);
    expect(runs.find(({ state }) => state === 'succeeded')?.cause).toMatchObject({
      parameters: { target: 'live', level: '4' },
    });
  });

  test('are the same at the next attempt', async () => {
    const policy = { retry: { maxAttempts: 2, initialMs: 1000 } };
    const { cluster, given } = await noting(2, policy, () => ({ durationMs: 100, exitCode: 1 }));
    await ask(cluster, 0, 'live', '5');
    await until(cluster, AGREE_MS, () => given.length === 2);
    expect(given).toEqual(['live 5', 'live 5']);
  });
});
