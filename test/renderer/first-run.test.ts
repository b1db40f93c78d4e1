/** The first run without a browser: which step comes when, and what survives a reload. */
import { describe, expect, it } from 'vitest';
import { FirstRunState } from '../../renderer/src/state/first-run.svelte.ts';

function memory(): Pick<Storage, 'getItem' | 'setItem'> {
  const kept = new Map<string, string>();
  return { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => void kept.set(key, value) };
}

interface Scene {
  cluster: { name: string } | null;
  readonly created: unknown[];
  readonly store: ReturnType<typeof memory>;
  first(): FirstRunState;
}

function sceneOf(works = true): Scene {
  const store = memory();
  const scene: Scene = {
    cluster: null,
    created: [],
    store,
    first: () => new FirstRunState(page as never, store),
  };
  const enter = async (...words: unknown[]) => {
    scene.created.push(words);
    if (!works) return { ok: false, refusal: { code: 'BUSY', message: 'No.', advice: '' } };
    scene.cluster = { name: String(words[0]) };
    return { ok: true, value: undefined };
  };
  const page = {
    cluster: {
      get status() {
        return { cluster: scene.cluster, self: { name: 'alpha' } };
      },
      create: enter,
      join: enter,
    },
  };
  return scene;
}

describe('the first run', () => {
  it('names the machine, then the cluster, then a task, and goes on where it was after a reload', async () => {
    const scene = sceneOf();
    const first = scene.first();
    expect(first.step).toBe('name');
    first.name(' workbench ');
    const again = scene.first();
    expect([again.step, again.machineName]).toEqual(['cluster', 'workbench']);
    await again.create('home');
    expect(scene.created).toEqual([['home', 'workbench']]);
    expect(scene.first().step).toBe('task');
    again.go('done');
    expect(scene.first().step).toBe('done');
  });

  it('is over for a machine that belongs to a cluster, whatever this browser has seen', () => {
    const scene = sceneOf();
    scene.cluster = { name: 'home' };
    expect(scene.first().step).toBe('done');
  });

  it('goes on with a task when somebody let the machine in, also while nobody looked', () => {
    const scene = sceneOf();
    scene.first().name('workbench');
    scene.cluster = { name: 'home' };
    expect(scene.first().step).toBe('task');
  });

  it('goes on alone when the cluster is skipped: in one of its own, called as the machine', async () => {
    const scene = sceneOf();
    const first = scene.first();
    first.name('workbench');
    await first.skip();
    expect(scene.created).toEqual([['workbench', 'workbench']]);
    expect(first.step).toBe('task');
  });

  it('calls the cluster of a machine that was not renamed as its agent calls the machine', async () => {
    const scene = sceneOf();
    const first = scene.first();
    first.name('');
    await first.skip();
    expect(scene.created).toEqual([['alpha', undefined]]);
  });

  it('stays at the cluster when it could not be created, and says why', async () => {
    const scene = sceneOf(false);
    const first = scene.first();
    first.name('');
    await first.create('home');
    expect(first.step).toBe('cluster');
    expect(first.refusalOf('create')?.code).toBe('BUSY');
    expect(first.refusalOf('join')).toBeUndefined();
  });
});
