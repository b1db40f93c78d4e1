/**
 * Every screen of the console: its address, and what is seen when it is there. The cluster behind them has names as long
 * as names can be, so that what a specification sees of each screen is the worst of it.
 */
import type { Locator, Page } from '@playwright/test';
import type { RunId, TaskId } from '../../core/domain/ids.ts';
import { type FakePeer, MACHINES } from '../fakes/peer-handle.ts';
import { addTask, livelyPeer } from './console-scene.ts';

export interface Screen {
  readonly name: string;
  /** After `#/`. */
  readonly at: string;
  readonly ready: (page: Page) => Locator;
}

export const LONG_TASK = 'long-name';
const LONG_TASK_NAME = 'W'.repeat(120);
const LONG_MACHINE_NAME = 'm'.repeat(63);
const MINUTE_MS = 60_000;

/** A lively cluster in which the cluster, a machine, a task, a tag and a reason are as long as they may be. */
export function wordyPeer(): { readonly peer: FakePeer; readonly runId: RunId } {
  const peer = livelyPeer();
  const now = Date.now();
  addTask(peer, LONG_TASK, LONG_TASK_NAME, { cron: '0 3 * * *' }, { tags: ['t'.repeat(60), 'second'] });
  const machine = peer.machinesById.get(MACHINES.beta);
  if (machine === undefined || peer.cluster === undefined) throw new Error('the lively cluster has a machine beta');
  peer.machinesById.set(MACHINES.beta, { ...machine, entry: { ...machine.entry, name: LONG_MACHINE_NAME } });
  peer.cluster = { ...peer.cluster, name: 'C'.repeat(100) };
  const startedAt = now - MINUTE_MS;
  const { id: runId } = peer.addRun({
    taskId: LONG_TASK as TaskId,
    machineId: MACHINES.beta,
    state: 'failed',
    exitCode: 1,
    reason: { code: 'EXIT', text: 'y'.repeat(500) },
    nominalAt: startedAt,
    dueAt: startedAt,
    claimedAt: startedAt,
    startedAt,
    finishedAt: now,
    recordedAt: now,
  });
  peer.output.set(runId, { bytes: new TextEncoder().encode(`${'z'.repeat(3000)}\nshort\n`), complete: true });
  return { peer, runId };
}

const heading = (name: string | RegExp) => (page: Page) => page.getByRole('heading', { name, exact: true }).first();
const inMain = (text: string | RegExp) => (page: Page) => page.getByRole('main').getByText(text).first();

/** By place, so that a specification can look at them place by place. */
export function everyScreen(runId: RunId): Readonly<Record<string, readonly Screen[]>> {
  const task = `tasks/${LONG_TASK}`;
  const setting = (name: string, ready: Screen['ready']): Screen => ({ name, at: `settings/${name}`, ready });
  return {
    overview: [{ name: 'overview', at: 'overview', ready: inMain('things need a look') }],
    machines: [
      { name: 'machines', at: 'machines', ready: inMain('workbench') },
      { name: 'machine', at: `machines/${MACHINES.beta}`, ready: heading('Facts') },
      { name: 'ring', at: 'machines/ring', ready: heading('Who owns what') },
      { name: 'ring without one', at: `machines/ring?without=${MACHINES.beta}`, ready: heading('Who owns what') },
    ],
    tasks: [
      { name: 'tasks', at: 'tasks', ready: (page) => page.getByRole('row', { name: /Nightly backup/ }) },
      { name: 'task', at: task, ready: heading(LONG_TASK_NAME) },
      { name: 'revisions', at: `${task}?tab=revisions`, ready: heading(LONG_TASK_NAME) },
      { name: 'conflicts', at: `${task}?tab=conflicts`, ready: heading(LONG_TASK_NAME) },
      { name: 'task file', at: `${task}?tab=file`, ready: (page) => page.locator('.cm-content') },
      { name: 'import', at: 'tasks/import', ready: heading('Import a crontab') },
    ],
    editor: [
      { name: 'new task', at: 'tasks/new?template=backup', ready: (page) => page.locator('.cm-content').first() },
      { name: 'edit', at: `${task}/edit`, ready: (page) => page.getByRole('textbox', { name: 'Name', exact: true }) },
    ],
    runs: [
      { name: 'runs', at: 'runs', ready: (page) => page.getByRole('row', { name: /Index new photos/ }).first() },
      { name: 'run', at: `runs/${runId}`, ready: inMain('short') },
    ],
    statistics: [{ name: 'statistics', at: 'statistics', ready: heading('Busy hours') }],
    settings: [
      setting('cluster', inMain('Name')),
      setting('members', inMain('attic-pi')),
      setting('invitations', heading('Invitations')),
      setting('secrets', heading('Secrets')),
      setting('calendars', heading('Calendars')),
      setting('channels', heading('Channels')),
      setting('audit', heading('Audit log')),
      setting('policy', heading('Policy')),
      setting('backup', heading('Backup and restore')),
      setting('about', inMain('Carillon 0.1.0')),
      setting('appearance', heading('Appearance')),
      setting('language', heading('Language')),
      setting('keyboard', heading('Keyboard')),
    ],
  };
}
