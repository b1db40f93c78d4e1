/** The peer behind the pictures of the documentation: a cluster that has been in use for months, with something of everything. */
import { definitionInput } from '../../../core/api/task-schemas.ts';
import { channelSchema } from '../../../core/domain/channel.ts';
import { calendarSchema } from '../../../core/domain/calendar.ts';
import type { FacetName, Task } from '../../../core/domain/task.ts';
import type { TaskId } from '../../../core/domain/ids.ts';
import { type FakePeer, MACHINES, createFakePeer } from '../../fakes/peer-handle.ts';
import { addPast } from './showcase-history.ts';
import { addMachines, SHOP, STUDIO } from './showcase-machines.ts';
import { SHOWN_TASKS } from './showcase-tasks.ts';
import { addToday } from './showcase-today.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const { alpha, beta } = MACHINES;

/** As long as a real one, and good for nothing. */
const INVITATION = `carillon1-${'q7mz4k2wd5ha3xvyt6cgbfrj8nsue9pl'.repeat(5)}`;

export function showcasePeer(): FakePeer {
  const peer = createFakePeer(['beta', 'gamma']);
  const now = Date.now();
  peer.cluster = {
    id: peer.cluster?.id ?? ('x' as never),
    name: 'Lindenhof',
    root: alpha,
    createdAt: now - 210 * DAY_MS,
  };
  peer.invitation = { token: INVITATION, from: now };
  addMachines(peer, now);
  for (const { definition } of SHOWN_TASKS) {
    const task = peer.addTask(definitionInput.parse(definition));
    peer.tasksById.set(task.id, { ...task, createdAt: now - 90 * DAY_MS, origins: originsOf(task, now) });
  }
  addPast(peer, now);
  addToday(peer, now);
  addSettings(peer, now);
  addRevisions(peer, now);
  addConflict(peer, now);
  return peer;
}

function originsOf({ origins }: Task, now: number): Task['origins'] {
  const aged = Object.entries(origins).map(([facet, origin], index) => [
    facet,
    { ...origin, changedAt: now - (90 - index * 9) * DAY_MS },
  ]);
  return Object.fromEntries(aged) as Task['origins'];
}

function addSettings(peer: FakePeer, now: number): void {
  const origin = { revision: 2, author: alpha, changedAt: now - 12 * DAY_MS };
  const mail = channelSchema.parse({
    kind: 'email',
    about: 'Whoever is on duty this week',
    host: 'mail.example.org',
    port: 587,
    from: 'carillon@example.org',
    to: ['duty@example.org', 'office@example.org'],
    login: { user: 'carillon', secret: 'mail-password' },
  });
  const chat = channelSchema.parse({
    kind: 'webhook',
    about: 'The room of the shop',
    url: 'https://chat.example.org/hooks/shop',
    proof: { use: 'hmac', secret: 'chat-key' },
  });
  peer.channelsByName.set('on-duty', { channel: mail, ...origin });
  peer.channelsByName.set('shop-room', { channel: chat, ...origin, revision: 1 });
  const holidays = calendarSchema.parse({
    about: 'Public holidays, and the days between the years',
    days: [
      { from: '2026-12-24', to: '2027-01-01', name: 'Between the years' },
      { from: '2026-05-01', yearly: true, name: 'Labour Day' },
      { from: '2026-10-03', yearly: true, name: 'Unity Day' },
    ],
  });
  const hours = calendarSchema.parse({
    about: 'When people are in the office',
    windows: [{ weekdays: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '08:00', to: '18:30' }],
  });
  peer.calendarsByName.set('holidays', { calendar: holidays, ...origin });
  peer.calendarsByName.set('office-hours', { calendar: hours, ...origin });
  for (const [name, days] of SECRETS) addSecret(peer, name, now - days * DAY_MS);
}

const SECRETS = [
  ['chat-key', 40],
  ['database-password', 96],
  ['mail-password', 12],
  ['vault-token', 3],
] as const;

function addSecret(peer: FakePeer, name: string, setAt: number): void {
  const scope = name === 'database-password' ? { labels: { disk: 'large' } } : {};
  const secret = { generation: 1, version: 1, scope, setBy: alpha, setAt, box: '', sealed: {}, exposed: [] };
  const machines = name === 'database-password' ? [beta, SHOP] : [...peer.machinesById.keys()];
  const missing = name === 'vault-token' ? [STUDIO] : [];
  peer.secretsByName.set(name, {
    name,
    secret,
    machines: machines.filter((id) => !missing.includes(id)),
    missing,
    exposedTo: [],
  });
}

function addRevisions(peer: FakePeer, now: number): void {
  const task = peer.view.task('database-dump' as TaskId);
  if (task === undefined) throw new Error('there is a task database-dump');
  let number = 0;
  const revise = (facet: FacetName, ageMs: number, before: object | undefined, after: object): void => {
    number += 1;
    peer.revisions.push({
      taskId: task.id,
      facet,
      revision: number,
      author: number % 2 === 0 ? beta : alpha,
      changedAt: now - ageMs,
      before: before === undefined ? undefined : JSON.stringify(before),
      after: JSON.stringify(after),
      changeHash: String(number).repeat(64).slice(0, 64),
    });
  };
  const { about, schedule, action } = task;
  const old = { ...schedule, triggers: [{ kind: 'cron', expression: '0 3 * * *' }] };
  const simple = { type: 'shell', script: 'pg_dumpall > /srv/dumps/all.sql', interpreter: ['/bin/sh'] };
  revise('action', 2 * DAY_MS, simple, action);
  revise('schedule', 20 * DAY_MS, old, schedule);
  revise('about', 90 * DAY_MS, undefined, { ...about, description: '' });
}

function addConflict(peer: FakePeer, now: number): void {
  const task = peer.view.task('database-dump' as TaskId);
  if (task === undefined) throw new Error('there is a task database-dump');
  const schedule = { ...task.origins.schedule, revision: 3, changedAt: now - 2 * HOUR_MS };
  peer.tasksById.set(task.id, { ...task, conflicts: ['schedule'], origins: { ...task.origins, schedule } });
  for (const [key, author, expression, inForce] of [
    ['one', alpha, '0 */6 * * *', true],
    ['two', beta, '30 */8 * * *', false],
  ] as const) {
    const value = JSON.stringify({ ...task.schedule, triggers: [{ kind: 'cron', expression }] });
    peer.conflictValues.push({ key, value, inForce, revision: 3, author, changedAt: now - 2 * HOUR_MS });
  }
}
