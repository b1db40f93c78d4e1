/** The address of the page: what it names, and what becomes of it when a person moves. */
import { expect, test } from 'vitest';
import { type Addresses, Router, addressOf } from '../../renderer/src/state/router.svelte.ts';

function fakeAddresses(hash: string): Addresses & { steps: string[]; visit(hash: string): void } {
  let current = hash;
  let changed = (): void => undefined;
  const steps: string[] = [];
  return {
    steps,
    hash: () => current,
    set: (next, how) => {
      current = next;
      steps.push(`${how} ${next}`);
    },
    listen: (callback) => {
      changed = callback;
      return () => (changed = () => undefined);
    },
    visit: (next) => {
      current = next;
      changed();
    },
  };
}

test('the empty address is the overview', () => {
  expect(new Router(fakeAddresses('')).place).toBe('overview');
});

test('an address that names no place is said to name none', () => {
  expect(new Router(fakeAddresses('#/nonsense')).place).toBeUndefined();
});

test('path and query come back as they were put in', () => {
  const address = addressOf(['tasks', 'näch/tlich?'], { tab: 'runs & more', empty: '', absent: undefined });
  const router = new Router(fakeAddresses(address));
  expect(router.path).toEqual(['tasks', 'näch/tlich?']);
  expect(router.query).toEqual({ tab: 'runs & more' });
  expect(router.place).toBe('tasks');
});

test('a segment that is no valid escape is taken as it stands', () => {
  expect(new Router(fakeAddresses('#/tasks/%E0%A4%A')).path).toEqual(['tasks', '%E0%A4%A']);
});

test('going is a step to go back to, refining is not, and going nowhere is nothing', () => {
  const addresses = fakeAddresses('#/tasks');
  const router = new Router(addresses);
  router.go(['runs'], { task: 'a' });
  router.refine({ state: 'failed' });
  router.refine({ task: undefined });
  router.go(['runs'], { state: 'failed' });
  expect(addresses.steps).toEqual([
    'push #/runs?task=a',
    'replace #/runs?task=a&state=failed',
    'replace #/runs?state=failed',
  ]);
});

test('follows the browser until it is stopped', () => {
  const addresses = fakeAddresses('#/tasks');
  const router = new Router(addresses);
  addresses.visit('#/machines');
  expect(router.place).toBe('machines');
  router.stop();
  addresses.visit('#/runs');
  expect(router.place).toBe('machines');
});
