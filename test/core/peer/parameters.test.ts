/** Values of runs by hand: judged where they are asked for and where they are run, whoever signed them. */
import { beforeEach, describe, expect, test } from 'vitest';
import { type ClusterId, triggeredOccurrenceId } from '../../../core/domain/ids.ts';
import type { ParameterValues } from '../../../core/domain/parameter.ts';
import { signTrigger } from '../../../core/security/signed-trigger.ts';
import type { LaunchSpec } from '../../../core/ports/process-runner.ts';
import { PeerBed, VICTIM, VOICE } from '../../fuzz/peer-bed.ts';
import { EPOCH_MS, SimCluster, simTask } from '../../simulator/sim-cluster.ts';

const PARAMETERS = [
  { name: 'target', type: 'choice', choices: ['staging', 'live'], required: true },
  { name: 'level', type: 'number', default: '3' },
];
const action = { type: 'command', argv: ['deploy'], parameters: PARAMETERS };
const deploy = simTask('deploy', undefined, { action });
/** Longer than what was asked for elsewhere waits for a change of the task. */
const PATIENCE_MS = 200_000;

describe('a task with parameters', () => {
  let cluster: SimCluster;
  let specs: LaunchSpec[];

  beforeEach(async () => {
    specs = [];
    cluster = new SimCluster({
      machines: 2,
      behaviour: (spec) => {
        specs.push(spec);
        return { durationMs: 50, exitCode: 0 };
      },
    });
    await cluster.form();
    await cluster.put(0, deploy);
    await cluster.run(1000);
  });

  const execute = async (parameters: ParameterValues): Promise<string> => {
    const outcome = cluster.machine(1).peer.execute({ kind: 'run-task', id: deploy.id, parameters });
    await cluster.run(3000);
    const result = await outcome;
    return result.ok ? 'ok' : `${result.error.code} ${result.error.field ?? ''}`;
  };

  test('gives its program the values that a person said, as variables and in the description', async () => {
    expect(await execute({ target: 'live' })).toBe('ok');
    expect(specs).toHaveLength(1);
    expect(specs[0]?.environment).toMatchObject({ CARILLON_PARAM_TARGET: 'live', CARILLON_PARAM_LEVEL: '3' });
    expect(JSON.parse(specs[0]?.description ?? '')).toMatchObject({ parameters: { target: 'live', level: '3' } });
    expect(specs[0]?.action).toMatchObject({ argv: ['deploy'] });
    for (const index of [0, 1]) {
      const run = (await cluster.runs(index, deploy)).find(({ state }) => state === 'succeeded');
      expect(run?.cause).toMatchObject({ kind: 'manual', parameters: { target: 'live', level: '3' } });
    }
  });

  test.each<readonly [string, ParameterValues, string]>([
    ['is missing', {}, 'parameters.target'],
    ['does not fit', { target: '$(reboot)' }, 'parameters.target'],
    ['nobody has declared', { target: 'live', ld_preload: '/tmp/x.so' }, 'parameters.ld_preload'],
  ])('is not run where a value %s, and the refusal names it', async (_what, values, field) => {
    expect(await execute(values)).toBe(`PARAMETER_INVALID ${field}`);
    expect(specs).toEqual([]);
    expect(await cluster.runs(0, deploy)).toEqual([]);
  });

  test('is tried with values, and not without those that it needs', async () => {
    const machine = cluster.machine(0).id;
    const refused = cluster.machine(0).peer.execute({ kind: 'try-task', definition: deploy, machine });
    await cluster.run(200);
    expect(await refused).toMatchObject({
      ok: false,
      error: { code: 'PARAMETER_INVALID', field: 'parameters.target' },
    });
    await cluster.command(0, { kind: 'try-task', definition: deploy, machine, parameters: { target: 'staging' } });
    await cluster.run(3000);
    expect(specs.map(({ environment }) => environment['CARILLON_PARAM_TARGET'])).toEqual(['staging']);
  });

  test('that needs a value cannot come due by itself; with a default it runs with that', async () => {
    const due = simTask('due', '*/10 * * * * *', { action });
    const put = cluster.machine(0).peer.execute({ kind: 'put-tasks', mode: 'upsert', definitions: [due] });
    await cluster.run(200);
    expect(await put).toMatchObject({
      ok: false,
      error: { code: 'PARAMETER_WITHOUT_DEFAULT', field: 'action.parameters.0.default' },
    });
    const [target, ...rest] = PARAMETERS;
    const given = [{ ...target, default: 'staging' }, ...rest];
    await cluster.put(0, simTask('due', '*/10 * * * * *', { action: { ...action, parameters: given } }));
    await cluster.run(15_000);
    expect(specs[0]?.environment).toMatchObject({ CARILLON_PARAM_TARGET: 'staging', CARILLON_CAUSE: 'schedule' });
  });

  test('is run with the values of its request though a default has changed since', async () => {
    const hold = simTask('hold', undefined, { action, policy: { overlap: 'queue-all' } });
    await cluster.put(0, hold);
    await cluster.run(1000);
    const owner = cluster.ownerOf(hold);
    owner.losePower();
    const asker = cluster.machines.findIndex((machine) => machine !== owner);
    await cluster.command(asker, { kind: 'run-task', id: hold.id, machine: owner.id, parameters: { target: 'live' } });
    const [target, level] = PARAMETERS;
    const changed = { ...action, parameters: [target, { ...level, default: '7' }] };
    await cluster.put(asker, simTask('hold', undefined, { action: changed, policy: { overlap: 'queue-all' } }));
    await owner.boot();
    await cluster.run(30_000);
    expect(specs.map(({ environment }) => environment['CARILLON_PARAM_LEVEL'])).toEqual(['3']);
  });
});

describe('values that another machine sends', () => {
  let bed: PeerBed;
  const now = (): number => Math.floor(EPOCH_MS + bed.cluster.time.now);

  beforeEach(async () => {
    bed = await PeerBed.form(7);
    await bed.cluster.put(0, deploy);
    await bed.cluster.run(2000);
  });

  /** The voice, an editor, tells that somebody there asked for a run: with its own signature, over these values or others. */
  async function ask(parameters: ParameterValues, signed: ParameterValues = parameters): Promise<void> {
    const { id: by, signer } = bed.cluster.machine(VOICE);
    const clusterId = bed.cluster.machine(VICTIM).peer.view.cluster?.id as ClusterId;
    const [triggerId, nominalAt] = ['abc', now()];
    const statement = { clusterId, taskId: deploy.id, triggerId, slot: '', on: undefined, nominalAt } as const;
    const signature = signTrigger(signer, { ...statement, parameters: signed });
    const waits = bed.signed({
      sequence: 1001,
      state: 'due',
      taskId: deploy.id,
      occurrenceId: triggeredOccurrenceId(deploy.id, triggerId, ''),
      cause: { kind: 'manual', triggerId, by, parameters, signature },
      ...{ nominalAt, dueAt: nominalAt, recordedAt: nominalAt },
    });
    bed.say({ type: 'log-page', recorderId: bed.voice, floor: 1000, records: [waits], more: false });
    await bed.cluster.run(PATIENCE_MS);
  }

  const noted = (action: string): number => {
    const { tables } = bed.cluster.machine(VICTIM).disk;
    const logs = bed.cluster.machines.flatMap(({ id }) => tables.audits.get(id)?.records ?? []);
    return logs.filter((record) => record.action === action).length;
  };

  test('and that fit are run', async () => {
    await ask({ target: 'live', level: '5' });
    expect(bed.cluster.startsOf(deploy)).toHaveLength(1);
  });

  test.each<readonly [string, ParameterValues]>([
    ['of a parameter that the task does not have', { target: 'live', path: '/tmp/evil' }],
    ['that are none of the choices', { target: '$(touch owned)' }],
    ['that are no number', { target: 'live', level: '3; reboot' }],
    ['that lack one that is required', { level: '3' }],
  ])('%s have nothing run, with the reason on record and in the audit log', async (_what, values) => {
    await ask(values);
    expect(bed.cluster.startsOf(deploy)).toEqual([]);
    const runs = (await bed.cluster.runs(VICTIM, deploy)).filter(({ state }) => state !== 'due');
    expect(runs).toMatchObject([{ state: 'refused', reason: { code: 'PARAMETER_INVALID' } }]);
    expect(noted('run-refused')).toBe(1);
  });

  test.each<readonly [string, ParameterValues, ParameterValues]>([
    ['were changed on the way', { target: 'live' }, { target: 'staging' }],
    ['were added on the way', { target: 'live', level: '9' }, { target: 'live' }],
  ])('and that %s count for nothing, which is noted', async (_what, told, signed) => {
    await ask(told, signed);
    expect(bed.cluster.startsOf(deploy)).toEqual([]);
    expect(noted('record-rejected')).toBe(1);
  });
});
