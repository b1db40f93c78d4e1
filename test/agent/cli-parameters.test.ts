/** `carillon task run --param`: what a person says of a task's parameters, and where it is shown again. */
import { beforeAll, describe, expect, test } from 'vitest';
import { aTask } from '../fakes/definitions.ts';
import { useCliBed } from './cli-bed.ts';

const bed = useCliBed();
const parameters = [
  { name: 'target', type: 'choice', choices: ['staging', 'live'], required: true, description: 'Where to deploy' },
  { name: 'note', default: 'none' },
];

beforeAll(() => {
  const action = { type: 'command', argv: ['deploy'], parameters };
  bed.console.peer.addTask(aTask('deploy', { schedule: { triggers: [] }, action }));
});

describe('carillon task run --param', () => {
  test('gives the values as they are written, however often it stands there, before or after the task', async () => {
    const note = '$(touch owned) = "x"';
    const ended = await bed.carillon(['task', 'run', '--param', 'target=live', 'deploy', '--param', `note=${note}`]);
    expect(ended).toMatchObject({ code: 0, error: '' });
    expect(bed.console.peer.commands.at(-1)).toMatchObject({
      kind: 'run-task',
      parameters: { target: 'live', note },
    });
    const [run] = [...bed.console.peer.runsById.values()].filter(({ cause }) => cause.kind === 'manual');
    const shown = await bed.carillon(['run', 'show', run?.id ?? '']);
    expect(shown.out).toMatch(/parameters +target="live"/);
    expect(shown.out).toContain('note="$(touch owned) = \\"x\\""');
  });

  test.each([
    [['target'], 2, 'not name=value'],
    [['=live'], 2, 'not name=value'],
    [['target=live', 'target=staging'], 2, 'is given twice'],
    [['target=moon'], 2, 'PARAMETER_INVALID'],
    [['target=live', 'tarket=x'], 2, 'there is no parameter "tarket"'],
    [[], 2, 'needs a value'],
  ])('%j is refused with exit code %i: %s', async (texts, code, words) => {
    const ended = await bed.carillon(['task', 'run', 'deploy', ...texts.flatMap((text) => ['--param', text])]);
    expect(ended).toMatchObject({ code, error: expect.stringContaining(words) as string });
  });
});

test('carillon task show tells what a task can be given', async () => {
  const { out } = await bed.carillon(['task', 'show', 'deploy']);
  expect(out).toMatch(/parameters +target \(staging \| live, required\): Where to deploy/);
  expect(out).toContain('note (text, default "none")');
});
