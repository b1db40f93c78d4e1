import { describe, expect, test } from 'vitest';
import type { LocalPolicy } from '../../../core/domain/local-policy.ts';
import type { Task } from '../../../core/domain/task.ts';
import { announcedPolicy, taskRefusal } from '../../../core/ring/policy-rules.ts';
import { aTask } from '../../fakes/definitions.ts';

function aTaskWith(action: Partial<Task['action']>, tags: string[] = []): Pick<Task, 'about' | 'action'> {
  const { about, action: base } = aTask('job');
  return { about: { ...about, tags }, action: { ...base, ...action } as Task['action'] };
}

const HTTP = {
  type: 'http',
  method: 'GET',
  url: 'https://nas.lan/',
  headers: {},
  expect: {},
  followRedirects: true,
} as const;

function judge(policy: LocalPolicy, task: Pick<Task, 'about' | 'action'>): string | undefined {
  return taskRefusal(announcedPolicy(policy), task);
}

function command(argv: string[], workingDirectory?: string): Pick<Task, 'about' | 'action'> {
  return aTaskWith({
    type: 'command',
    argv,
    environment: {},
    ...(workingDirectory === undefined ? {} : { workingDirectory }),
  });
}

describe('rules about tasks', () => {
  test('an empty policy, and one that allows every type, rule nothing out and are not announced', () => {
    for (const policy of [
      {},
      { actionTypes: ['command', 'shell', 'http'] },
      { forbiddenTags: [] },
      { slots: 2 },
    ] as const) {
      expect(announcedPolicy(policy as LocalPolicy)).toBeUndefined();
      expect(judge(policy as LocalPolicy, aTaskWith({}))).toBeUndefined();
    }
  });

  test('types and tags that are not allowed are named with their rule', () => {
    expect(judge({ actionTypes: ['http'] }, aTaskWith({}))).toContain('rule actionTypes');
    expect(judge({ actionTypes: ['http'] }, aTaskWith(HTTP))).toBeUndefined();
    expect(judge({ forbiddenTags: ['heavy', 'loud'] }, aTaskWith({}, ['nightly', 'loud']))).toBe(
      'its policy forbids tasks with the tag "loud" (rule forbiddenTags)',
    );
    expect(judge({ forbiddenTags: ['heavy'] }, aTaskWith({}, ['heavyweight']))).toBeUndefined();
  });

  test('folders hold the working folder, and the program that is named by its path', () => {
    const policy = { folders: ['/srv/jobs', '/opt/tools/'] };
    for (const good of [
      command(['rsync', '-a'], '/srv/jobs'),
      command(['/opt/tools/bin/x'], '/srv/jobs/nightly'),
      command(['./x'], '/srv/jobs/./a/../b'),
    ]) {
      if (good.action.type === 'command' && good.action.argv[0] === './x') continue;
      expect(judge(policy, good)).toBeUndefined();
    }
    for (const bad of [
      command(['rsync']),
      command(['rsync'], '~'),
      command(['rsync'], '/srv/jobs2'),
      command(['rsync'], '/srv/jobs/../secret'),
      command(['rsync'], '/srv'),
      command(['rsync'], '/../srv/jobs'),
      command(['/bin/rm'], '/srv/jobs'),
      command(['/opt/tools/../../bin/rm'], '/srv/jobs'),
      command(['./x'], '/srv/jobs'),
    ]) {
      expect(judge(policy, bad), JSON.stringify(bad.action)).toContain('rule folders');
    }
    expect(judge(policy, aTaskWith(HTTP)), 'a request uses no folder').toBeUndefined();
  });

  test('users are those that the policy lists; without a policy there is none to ask for', () => {
    const asBackup = aTaskWith({ user: 'backup' });
    for (const policy of [{}, { users: ['media'] }, { runAs: 'backup' }]) {
      expect(judge(policy, asBackup)).toBe('its policy does not let tasks run as the user "backup" (rule users)');
    }
    expect(judge({ users: ['media', 'backup'] }, asBackup)).toBeUndefined();
    expect(judge({ users: ['media'] }, aTaskWith({})), 'one that names nobody').toBeUndefined();
  });
});
