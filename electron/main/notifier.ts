/**
 * What the system tells a person while the window is out of sight: failures, machines that ask to join, edits that contradict
 * each other. Each once; many at a time as one. A click goes to the place.
 */
import { Notification } from 'electron';
import type { RunRecordOutput } from '../../core/api/run-schemas.ts';
import { isFailure } from './core-watch.ts';
import type { Facts } from './glance.ts';

/** What was told is remembered up to here; then the oldest is forgotten. */
const MOST_REMEMBERED = 1000;
/** More failures in one go are told as one. */
const MOST_SINGLE = 3;
const MOST_HELD = 20;

export class Notifier {
  readonly #told = new Set<string>();
  /** Notifications that nobody holds are collected, and their clicks with them. */
  readonly #held: Notification[] = [];
  readonly #open: (hash: string) => void;
  readonly #nameOf: (taskId: string) => string;

  constructor(open: (hash: string) => void, nameOf: (taskId: string) => string) {
    this.#open = open;
    this.#nameOf = nameOf;
  }

  ran(runs: readonly RunRecordOutput[]): void {
    const failed = runs.filter((run) => isFailure(run.state) && run.next === null && this.#isNew(`run ${run.id}`));
    if (failed.length > MOST_SINGLE) {
      return this.#show(`${failed.length} tasks failed`, 'Open Carillon to see which.', '#/runs?group=failed');
    }
    for (const run of failed) {
      const where = run.machineName === null ? '' : ` on ${run.machineName}`;
      const why = run.reason?.text ?? (run.exitCode === null ? run.state : `exit code ${run.exitCode}`);
      this.#show(`${this.#nameOf(run.taskId)} failed${where}`, why, `#/runs/${encodeURIComponent(run.id)}`);
    }
  }

  looked({ asking, conflicts }: Facts): void {
    for (const { id, name, digits } of asking) {
      if (!this.#isNew(`asking ${id}`)) continue;
      this.#show(`${name} asks to join`, `Its screen must show ${digits}.`, '#/machines');
    }
    for (const { id, name } of conflicts) {
      if (!this.#isNew(`conflict ${id}`)) continue;
      this.#show(`Two edits of ${name} contradict each other`, 'Choose one.', `#/tasks/${encodeURIComponent(id)}`);
    }
    // What was settled may come again.
    const still = new Set([...asking.map(({ id }) => `asking ${id}`), ...conflicts.map(({ id }) => `conflict ${id}`)]);
    for (const key of this.#told) if (!key.startsWith('run ') && !still.has(key)) this.#told.delete(key);
  }

  /** Says something of the app itself. */
  say(title: string, body: string): void {
    this.#show(title, body, '#/overview');
  }

  #isNew(key: string): boolean {
    if (this.#told.has(key)) return false;
    this.#told.add(key);
    const [oldest] = this.#told;
    if (this.#told.size > MOST_REMEMBERED && oldest !== undefined) this.#told.delete(oldest);
    return true;
  }

  #show(title: string, body: string, hash: string): void {
    if (!Notification.isSupported()) return;
    const notification = new Notification({ title, body });
    notification.on('click', () => this.#open(hash));
    this.#held.push(notification);
    if (this.#held.length > MOST_HELD) this.#held.shift();
    notification.show();
  }
}
