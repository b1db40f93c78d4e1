/** The command line of the simulator says what it takes, and what is wrong with what it was told. */
import { describe, expect, test } from 'vitest';
import { parseSimArguments, replayCommand } from './sim-arguments.ts';

const parsed = (...argv: string[]) => parseSimArguments(argv);

describe('the command line of the simulator', () => {
  test('has a default for everything', () => {
    expect(parsed()).toMatchObject({
      story: { machines: 5, tasks: 40, hours: 1, faults: 'all', workload: 'drawn' },
      seeds: { kind: 'range', first: 1, count: 10 },
      json: false,
      trace: false,
    });
  });

  test('takes seeds, sizes and faults', () => {
    const argv = '--first-seed 7 --seeds 100 --hours 24 --machines 50 --tasks 200 --faults network --jobs 3 --json';
    expect(parsed(...argv.split(' '))).toMatchObject({
      story: { machines: 50, tasks: 200, hours: 24, faults: 'network' },
      seeds: { kind: 'range', first: 7, count: 100 },
      jobs: 3,
      json: true,
    });
    expect(parsed('--for', '60')).toMatchObject({ seeds: { kind: 'fresh', seconds: 60 } });
  });

  test.for([
    ['--seeds 0', '--seeds is a whole number from 1'],
    ['--seeds many', 'not "many"'],
    ['--machines 1', '--machines is a whole number from 2 to 64'],
    ['--hours -1', "'--hours' argument is ambiguous"],
    ['--hours=-1', '--hours is a number above 0'],
    ['--faults fire', '--faults is one of none, all, network, crash, clock, storage, process, people, not "fire"'],
    ['--trace', '--trace needs --seed'],
    ['--seed 1 --trace --json', 'choose one'],
    ['--seed 1 --for 60', 'exclude each other'],
    ['--quick', "Unknown option '--quick'"],
    ['quick', 'Unexpected argument'],
  ] as const)('%s is refused, and told why', ([words, why]) => {
    const answer = parsed(...words.split(' '));
    expect(answer).toHaveProperty('wrong');
    expect((answer as { wrong: string }).wrong).toContain(why);
  });

  test('the command that plays a story again asks for the same story', () => {
    const asked = parsed('--seed', '9', '--hours', '0.5', '--tasks', '12', '--workload', 'minutely');
    if (asked === 'help' || 'wrong' in asked) throw new Error('it was understood before');
    const words = replayCommand(9, asked.story).split(' ').slice(4);
    expect(parsed(...words)).toMatchObject({ story: asked.story, seeds: { first: 9, count: 1 }, trace: true });
  });
});
