/** Users are looked up in the background, so often as needed and no more, and a directory that hangs is a refusal. */
import { describe, expect, test } from 'vitest';
import { AwaitedRun } from '../../core/adapters/processes/awaited-run.ts';
import type { LaunchMessage } from '../../core/adapters/processes/launcher-protocol.ts';
import type { ActiveRun, RunHost } from '../../core/adapters/processes/run-host.ts';
import { runPaths } from '../../core/adapters/processes/run-folder.ts';
import { type Ask, type FoundUser, UserDirectory } from '../../core/adapters/processes/user-directory.ts';
import { PROCESSES } from '../../core/config/processes.ts';
import type { RunId } from '../../core/domain/ids.ts';
import type { ProcessEvent } from '../../core/ports/process-runner.ts';

const isRoot = process.platform === 'linux' && process.getuid?.() === 0;
const ENTRY = 'carol:x:1234:1235:Carol:/srv/carol:/bin/dash\n';
const RUN = 'abcdefghijklmnopqrst' as RunId;
const CAROL = { name: 'carol', uid: 1234, gid: 1235, home: '/srv/carol', shell: '/bin/dash' };

describe.runIf(isRoot)('a user', () => {
  test('is looked up once, however many ask meanwhile, and then remembered', async () => {
    const asked: string[] = [];
    const answer = Promise.withResolvers<string>();
    const directory = new UserDirectory((_file, words) => {
      asked.push(words.join(' '));
      return answer.promise;
    });
    const finds = Array.from({ length: 5 }, () => directory.find('carol'));
    expect(finds.every((find) => find instanceof Promise)).toBe(true);
    answer.resolve(ENTRY);
    expect(await all(finds)).toEqual(Array(5).fill(CAROL));
    expect(directory.find('carol')).toEqual(CAROL);
    expect(asked).toEqual(['passwd -- carol']);
  });

  test('of whom nobody knows is asked for again, since somebody may be making it', async () => {
    const answers: (string | undefined)[] = [undefined, ENTRY];
    const directory = new UserDirectory(() => Promise.resolve(answers.shift()));
    expect(await directory.find('carol')).toMatchObject({ code: 'PERMISSION_DENIED' });
    expect(await directory.find('carol')).toEqual(CAROL);
  });

  test('USER_UNAVAILABLE: who cannot be looked up in time is refused in words', async () => {
    const killed: Ask = () => Promise.reject(Object.assign(new Error('killed'), { killed: true }));
    expect(await new UserDirectory(killed).find('carol')).toEqual({
      code: 'USER_UNAVAILABLE',
      text: 'the user "carol" could not be looked up: no answer within 2 s',
    });
    const missing: Ask = () => Promise.reject(Object.assign(new Error('spawn'), { code: 'ENOENT' }));
    expect(await new UserDirectory(missing).find('carol')).toMatchObject({
      code: 'USER_UNAVAILABLE',
      text: expect.stringContaining('has no getent'),
    });
  });

  test('is remembered among so many, and only so many are looked up at once', async () => {
    let asked = 0;
    const waiting: (() => void)[] = [];
    const directory = new UserDirectory(() => {
      asked += 1;
      return new Promise((resolve) => waiting.push(() => resolve(ENTRY)));
    });
    const finds = Array.from({ length: PROCESSES.userLookups + 1 }, (_, index) => directory.find(`user-${index}`));
    expect(finds.pop()).toMatchObject({ code: 'USER_UNAVAILABLE' });
    expect(asked).toBe(PROCESSES.userLookups);
    for (const answer of waiting) answer();
    await all(finds);
    const many = new UserDirectory(() => Promise.resolve(ENTRY));
    for (let index = 0; index <= PROCESSES.rememberedUsers; index += 1) await many.find(`user-${index}`);
    expect(many.find('user-1')).not.toBeInstanceOf(Promise);
    expect(many.find('user-0')).toBeInstanceOf(Promise);
  });
});

describe('a run whose user is being looked up', () => {
  test('can be ended before it starts, and then has no process', async () => {
    const found = Promise.withResolvers<FoundUser>();
    const told: ProcessEvent[] = [];
    const { run, started } = awaitedRun(found.promise, told);
    run.terminate(0);
    found.resolve(CAROL);
    await found.promise;
    expect(told).toMatchObject([{ type: 'ended', runId: RUN, outcome: { cancelled: true, outputBytes: 0 } }]);
    expect(started).toEqual([]);
  });

  test('is from its start on what it has become', async () => {
    const found = Promise.withResolvers<FoundUser>();
    const { run, started, ended } = awaitedRun(found.promise, []);
    expect(run.held).toMatchObject({ runId: RUN });
    found.resolve(CAROL);
    await found.promise;
    expect(started).toEqual([CAROL]);
    expect(run.held).toMatchObject({ pid: 77 });
    run.terminate(5);
    expect(ended).toEqual([5]);
  });
});

function all(finds: readonly ReturnType<UserDirectory['find']>[]): Promise<(FoundUser | undefined)[]> {
  return Promise.all(finds.map(async (find) => find));
}

function awaitedRun(user: Promise<FoundUser>, told: ProcessEvent[]) {
  const started: FoundUser[] = [];
  const ended: number[] = [];
  const inner: ActiveRun = {
    held: { runId: RUN, pid: 77, startedAt: 1 },
    terminate: (graceMs) => void ended.push(graceMs),
  };
  // Only what the conclusion of a run asks of its host; the folder of the run is not there, which it bears.
  const host = { log: () => undefined, release: () => undefined, emit: (event: ProcessEvent) => void told.push(event) };
  const run = new AwaitedRun(
    host as unknown as RunHost,
    { runId: RUN } as LaunchMessage,
    runPaths('/nowhere', RUN),
    user,
    (each) => {
      started.push(each);
      return inner;
    },
  );
  return { run, started, ended };
}
