/**
 * Values of parameters in hostile hands: a client that holds the key of the console gives what a shell would run, and a
 * member gives what nobody signed. A value is a text to the program and nothing else; what does not fit starts nothing.
 */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { type ClusterId, type TaskId, triggeredOccurrenceId } from '../../core/domain/ids.ts';
import type { ParameterValues } from '../../core/domain/parameter.ts';
import { signRecord } from '../../core/security/signed-record.ts';
import { signTrigger } from '../../core/security/signed-trigger.ts';
import { record } from '../fakes/run-records.ts';
import { eventually } from '../integration/eventually.ts';
import { sceneOfFile } from './kit/attack-scene.ts';

const scene = sceneOfFile();
const TASK = 'greet' as TaskId;
const ENDED_MS = 30_000;

beforeAll(async () => {
  const parameters = [
    { name: 'note', type: 'text' as const, required: true },
    { name: 'level', type: 'number' as const, default: '3' },
  ];
  const action = { type: 'shell' as const, script: 'printf "%s|" "$CARILLON_PARAM_NOTE"', parameters };
  await scene.agent.client.tasks.apply({ definitions: [{ id: TASK, about: { name: TASK }, action }] });
});

/** A file that only exists when words of a value were run. */
const trap = (): string => join(scene.agent.dataFolder, `owned-${randomBytes(4).toString('hex')}`);

describe('a value that a client gives', () => {
  it.each([
    '$(touch FILE)',
    '`touch FILE`',
    '"; touch FILE; echo "',
    "'; touch FILE; echo '",
    'x\ntouch FILE\n',
    '| touch FILE',
    '%s%n $IFS ${PATH} \\',
  ])('is a text to the program, whatever a shell would make of it: %j', async (words) => {
    const file = trap();
    const note = words.replace('FILE', file);
    const { occurrenceIds } = await scene.agent.client.tasks.run({ id: TASK, parameters: { note } });
    const run = await eventually(async () => {
      const { runs } = await scene.agent.client.runs.list({ occurrence: occurrenceIds[0] ?? '' });
      const ended = runs.find(({ state }) => state === 'succeeded');
      if (ended === undefined) throw new Error(`not yet: ${JSON.stringify(runs.map(({ state }) => state))}`);
      return ended;
    }, ENDED_MS);
    expect((await scene.agent.client.runs.output({ run: run.id })).data).toBe(`${note}|`);
    expect(existsSync(file)).toBe(false);
    await scene.expectTrace({ action: 'run-by-hand' });
  });

  it.each<readonly [string, Record<string, string>]>([
    ['is of a variable that makes programs load others', { note: 'x', ld_preload: '/tmp/evil.so' }],
    ['has the name of a variable', { note: 'x', PATH: '/tmp' }],
    ['is no number where one is wanted', { note: 'x', level: '3; reboot' }],
    ['has a NUL', { note: 'x\0y' }],
    ['is too long', { note: 'x'.repeat(10_000) }],
    ['is left out though it must be there', {}],
  ])('starts nothing when it %s', async (_what, parameters) => {
    const before = (await scene.agent.runsOf(TASK)).length;
    await expect(scene.agent.client.tasks.run({ id: TASK, parameters })).rejects.toMatchObject({
      error: { code: 'PARAMETER_INVALID' },
    });
    expect(await scene.agent.runsOf(TASK)).toHaveLength(before);
  });
});

describe('values that a member tells', () => {
  it('and that are not those which were signed start nothing', async () => {
    const member = await scene.member('editor', 'executor');
    const [triggerId, nominalAt, file] = [randomBytes(8).toString('hex'), Date.now(), trap()];
    const clusterId = ((await scene.agent.status()).cluster?.id ?? '') as ClusterId;
    const statement = { taskId: TASK, triggerId, slot: '', on: undefined, nominalAt } as const;
    const of = (note: string): ParameterValues => ({ note, level: '3' });
    const signature = signTrigger(member.peer.signer, {
      ...statement,
      clusterId,
      parameters: of('fine'),
    });
    const cause = {
      kind: 'manual',
      triggerId,
      by: member.peer.id,
      parameters: of(`$(touch ${file})`),
      signature,
    } as const;
    const told = record({
      ...{ taskId: TASK, recorderId: member.peer.id, machineId: member.peer.id, state: 'queued', nominalAt, cause },
      occurrenceId: triggeredOccurrenceId(TASK, triggerId, ''),
    });
    const page = { recorderId: member.peer.id, floor: 0, records: [signRecord(member.peer.signer, told)], more: false };
    member.voice.say({ type: 'log-page', ...page });
    await scene.expectTrace({ action: 'record-rejected', by: member.peer.id, text: 'counts for nothing' });
    // Its own word stands in its log; nobody takes it up.
    const known = (await scene.agent.runsOf(TASK)).filter(({ occurrenceId }) => occurrenceId === told.occurrenceId);
    expect(known.filter(({ recorderId }) => recorderId !== member.peer.id)).toEqual([]);
    expect(existsSync(file)).toBe(false);
  });
});
