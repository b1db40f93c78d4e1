/** What the observer holds machines to: who could have talked to whom, and from which moment somebody is removed. */
import { expect, test } from 'vitest';
import { Observer } from './observer.ts';
import { SimCluster } from './sim-cluster.ts';

test('a machine that was admitted beyond a split is a stranger until the word of it has come', async () => {
  const cluster = new SimCluster({ machines: 3, founders: 2 });
  await cluster.form();
  const observer = new Observer(cluster);
  const [inviter, apart, newcomer] = cluster.machines.map(({ id }) => id);
  if (inviter === undefined || apart === undefined || newcomer === undefined) throw new Error('three were asked for');
  cluster.network.split([inviter], [apart]);
  await cluster.join(2, 0);
  await observer.run(10_000);
  const admittedMs = cluster.time.now;
  await observer.run(10_000);
  expect(observer.couldTalk(inviter, newcomer, admittedMs, cluster.time.now)).toBe(true);
  expect(observer.couldTalk(apart, newcomer, admittedMs, cluster.time.now)).toBe(false);
  cluster.network.heal();
  await observer.run(20_000);
  const knownMs = cluster.time.now;
  await observer.run(10_000);
  expect(observer.couldTalk(apart, newcomer, knownMs, cluster.time.now)).toBe(true);
});

test('a removal counts from the moment at which the first other machine knows of it', async () => {
  const cluster = new SimCluster({ machines: 3 });
  await cluster.form();
  const observer = new Observer(cluster);
  await observer.run(5000);
  const removed = cluster.machine(2).id;
  const fromMs = cluster.time.now;
  await cluster.command(0, { kind: 'remove-machine', id: removed });
  // Nobody has looked since: what others do now they do without it.
  expect(observer.wasWell(removed, fromMs, cluster.time.now)).toBe(false);
});

test('who was admitted by a machine whose removal voids that is no member, whatever it believes itself', async () => {
  const cluster = new SimCluster({ machines: 4, founders: 3 });
  await cluster.form();
  const observer = new Observer(cluster);
  const [first, second, inviter, newcomer] = cluster.machines.map(({ id }) => id);
  if (!first || !second || !inviter || !newcomer) throw new Error('four were asked for');
  await observer.run(1000);
  expect([first, second, inviter].every((id) => observer.isMember(id))).toBe(true);
  cluster.network.split([first, second], [inviter, newcomer]);
  await cluster.join(3, 2);
  await observer.run(10_000);
  expect(observer.isMember(newcomer)).toBe(true);
  await cluster.command(0, { kind: 'remove-machine', id: inviter });
  cluster.network.heal();
  await observer.run(30_000);
  expect([first, second, inviter, newcomer].map((id) => observer.isMember(id))).toEqual([true, true, false, false]);
});
