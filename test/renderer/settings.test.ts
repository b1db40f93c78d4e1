/** The settings without a browser: the policy's form, scopes of secrets, and what comes back from a backup. */
import { describe, expect, it } from 'vitest';
import type { PolicyOutput } from '../../core/api/policy-schemas.ts';
import type { LocalPolicy } from '../../core/domain/local-policy.ts';
import { BackupsState } from '../../renderer/src/state/backups.svelte.ts';
import { draftOfPolicy, policyOfDraft } from '../../renderer/src/state/policy-draft.ts';
import { PolicyState } from '../../renderer/src/state/policy.svelte.ts';
import { Preferences } from '../../renderer/src/state/preferences.svelte.ts';
import { SecretsState, scopeDraftOf, scopeOf } from '../../renderer/src/state/secrets.svelte.ts';
import { type FakeApi, FakeScheduler, liveAccess, refusal, settle } from './fake-host.ts';

const pageOf = (api: FakeApi) => ({
  access: liveAccess(api),
  scheduler: new FakeScheduler(),
  onSignal: () => () => undefined,
});

function policyApi(first: LocalPolicy): { api: FakeApi; puts: LocalPolicy[] } {
  let policy = first;
  const puts: LocalPolicy[] = [];
  const answer = (): PolicyOutput => ({
    path: '/data/policy.yaml',
    policy,
    problem: null,
    refusal: null,
    onMains: null,
    idleMs: null,
    timeZone: 'UTC',
  });
  const put = (input: { policy: LocalPolicy }): PolicyOutput => {
    if (Number.isNaN(input.policy.slots)) throw refusal('INVALID_INPUT', 'not a number', 'policy.slots');
    puts.push(input.policy);
    policy = input.policy;
    return answer();
  };
  return { api: { policy: { show: async () => answer(), put: async (input: never) => put(input) } }, puts };
}

describe('the form of the policy', () => {
  it('gives back every rule as it was, and leaves out what restricts nothing', () => {
    const full: LocalPolicy = {
      slots: 3,
      actionTypes: ['command', 'http'],
      forbiddenTags: ['heavy', 'gpu'],
      folders: ['/srv', '/opt'],
      users: ['backup'],
      runAs: 'nobody',
      mainsOnly: true,
      idleMinutes: 10,
      quietHours: [{ from: '22:00', until: '07:00' }],
    };
    expect(policyOfDraft(draftOfPolicy(full), undefined)).toEqual(full);
    expect(policyOfDraft(draftOfPolicy({}), undefined)).toEqual({});
  });

  it('keeps a pause when other rules are saved, and unsaved rules when it pauses', async () => {
    const { api, puts } = policyApi({ paused: true, slots: 2 });
    const policy = new PolicyState(pageOf(api));
    await policy.load();
    policy.change({ slots: '4' });
    expect(policy.dirty).toBe(true);
    expect(await policy.pause(undefined)).toBe(true);
    expect(puts.at(-1)).toEqual({ slots: 2 });
    expect(policy.draft.slots).toBe('4');
    expect(await policy.save()).toBe(true);
    expect(puts.at(-1)).toEqual({ slots: 4 });
    expect(policy.dirty).toBe(false);
  });

  it('shows what is wrong at the field, until that is changed', async () => {
    const policy = new PolicyState(pageOf(policyApi({}).api));
    await policy.load();
    policy.change({ slots: 'many' });
    expect(await policy.save()).toBe(false);
    expect(policy.problemOf('slots')).toContain('Not a number');
    expect(policy.problemOf('idleMinutes')).toBeUndefined();
    policy.change({ slots: '1' });
    expect(policy.problemOf('slots')).toBeUndefined();
  });

  it('is not overwritten by a later look while somebody changes it', async () => {
    const { api } = policyApi({ slots: 2 });
    const policy = new PolicyState(pageOf(api));
    await policy.load();
    policy.change({ runAs: 'backup' });
    await policy.load();
    expect(policy.draft.runAs).toBe('backup');
    policy.reset();
    expect(policy.draft.runAs).toBe('');
  });
});

describe('secrets', () => {
  it('have scopes that are the same after they were shown and read again', () => {
    const scope = { tasks: ['a', 'b'], labels: { os: 'linux', url: 'a=b' } };
    expect(scopeOf(scopeDraftOf(scope))).toEqual(scope);
    expect(scopeOf({ tasks: ' , ', labels: '' })).toEqual({});
  });

  it('keep their scope when only a value is set', async () => {
    const sent: unknown[] = [];
    const api = {
      secrets: { set: async (input: unknown) => void sent.push(input), list: async () => ({ secrets: [] }) },
    };
    const secrets = new SecretsState(pageOf(api));
    await secrets.set('KEY', 'x');
    await secrets.set('KEY', 'x', { tasks: 'a', labels: '' });
    expect(sent).toEqual([
      { name: 'KEY', value: 'x' },
      { name: 'KEY', value: 'x', scope: { tasks: ['a'] } },
    ]);
  });
});

describe('backups', () => {
  it('bring back as many tasks at once as one edit takes, and tell how many are other than before', async () => {
    const asked: number[] = [];
    const api = {
      backups: {
        tasks: async () => ({ madeAt: '', machineName: '', clusterName: '', tasks: [], unreadable: 0 }),
        bringBack: async ({ ids }: { ids: string[] }) => {
          asked.push(ids.length);
          return { tasks: ids.map((id, index) => ({ id, outcome: index === 0 ? 'unchanged' : 'created' })) };
        },
      },
    };
    const backups = new BackupsState(pageOf(api));
    await backups.look('one');
    const ids = Array.from({ length: 5001 }, (_, number) => `task-${number}`);
    expect(await backups.bringBack(ids)).toBe(4999);
    expect(asked).toEqual([5000, 1]);
  });

  it('tell why one could not be made, until the next act', async () => {
    const api = {
      backups: {
        make: async () => {
          throw refusal('STORAGE_FULL', 'the disk is full');
        },
        remove: async () => ({ name: 'x' }),
        list: async () => ({ backups: [] }),
      },
    };
    const backups = new BackupsState(pageOf(api));
    expect(await backups.make()).toBe(false);
    expect(backups.refusal).toMatchObject({ code: 'STORAGE_FULL', message: 'The disk is full.' });
    expect(await backups.remove('x')).toBe(true);
    await settle();
    expect(backups.refusal).toBeUndefined();
    expect(backups.loaded).toBe(true);
  });
});

it('preferences are kept for the next time, and single keys work unless turned off', () => {
  const kept = new Map<string, string>();
  const store = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
  };
  const root = { dataset: {} as DOMStringMap };
  const first = new Preferences(store, root);
  expect([first.density, first.shortcuts]).toEqual(['dense', true]);
  first.chooseDensity('roomy');
  first.useShortcuts(false);
  expect(root.dataset['density']).toBe('roomy');
  const next = new Preferences(store, { dataset: {} });
  expect([next.density, next.shortcuts]).toEqual(['roomy', false]);
});
