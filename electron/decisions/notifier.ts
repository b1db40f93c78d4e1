/**
 * What a person is told by notifications: failures, machines that ask to join, edits that contradict each other. Each once;
 * many at a time as one. A click goes to the place. Decides what to say; the system says it.
 */
import type { RunRecordOutput } from '../../core/api/run-schemas.ts';
import type { Facts } from './glance.ts';

/** @param hash where a click goes. */
export type Tell = (title: string, body: string, hash: string) => void;

/** What was told is remembered up to here; then the oldest is forgotten. */
export const MOST_REMEMBERED = 1000;
/** More failures in one go are told as one. */
export const MOST_SINGLE = 3;

export class Notifier {
  readonly #told = new Set<string>();
  readonly #tell: Tell;
  readonly #nameOf: (taskId: string) => string;

  constructor(tell: Tell, nameOf: (taskId: string) => string) {
    this.#tell = tell;
    this.#nameOf = nameOf;
  }

  looked({ failed, asking, conflicts }: Pick<Facts, 'failed' | 'asking' | 'conflicts'>): void {
    this.#failed(failed);
    for (const { id, name, digits } of asking) {
      if (!this.#isNew(`asking ${id}`)) continue;
      this.#tell(`${name} asks to join`, `Its screen must show ${digits}.`, '#/machines');
    }
    for (const { id, name } of conflicts) {
      if (!this.#isNew(`conflict ${id}`)) continue;
      this.#tell(`Two edits of ${name} contradict each other`, 'Choose one.', `#/tasks/${encodeURIComponent(id)}`);
    }
    // What was settled may come again.
    const still = new Set([...asking.map(({ id }) => `asking ${id}`), ...conflicts.map(({ id }) => `conflict ${id}`)]);
    for (const key of this.#told) if (!key.startsWith('run ') && !still.has(key)) this.#told.delete(key);
  }

  /** Says something of the app itself. */
  say(title: string, body: string): void {
    this.#tell(title, body, '#/overview');
  }

  #failed(runs: readonly RunRecordOutput[]): void {
    const failed = runs.filter((run) => this.#isNew(`run ${run.id}`));
    if (failed.length > MOST_SINGLE) {
      this.#tell(`${failed.length} tasks failed`, 'Open Carillon to see which.', '#/runs?group=failed');
      return;
    }
    for (const run of failed) {
      const where = run.machineName === null ? '' : ` on ${run.machineName}`;
      const why = run.reason?.text ?? (run.exitCode === null ? run.state : `exit code ${run.exitCode}`);
      this.#tell(`${this.#nameOf(run.taskId)} failed${where}`, why, `#/runs/${encodeURIComponent(run.id)}`);
    }
  }

  #isNew(key: string): boolean {
    if (this.#told.has(key)) return false;
    this.#told.add(key);
    const [oldest] = this.#told;
    if (this.#told.size > MOST_REMEMBERED && oldest !== undefined) this.#told.delete(oldest);
    return true;
  }
}
