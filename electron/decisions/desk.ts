/** What the main process knows of the cluster, kept fresh while there is a core, and what tray and notifications make of it. */
import type { MessagePortMain } from 'electron';
import { type CoreConnection, connectToCore } from './core-client.ts';
import { watchCore } from './core-watch.ts';
import { type Facts, type Glance, glanceOf, offlineGlance } from './glance.ts';
import { Notifier, type Tell } from './notifier.ts';
import { RunsHere } from './runs-here.ts';

export interface DeskOptions {
  openPort(): MessagePortMain | undefined;
  /** Shows a notification of the system. */
  readonly tell: Tell;
  show(glance: Glance): void;
}

const MOST_NAMES = 10_000;

export class Desk {
  /** Runs that go on on this very machine. */
  readonly runsHere = new RunsHere();
  #facts: Facts | undefined;
  #connection: CoreConnection | undefined;
  #glance: Glance = offlineGlance('Starting …');
  /** Failures from before are old news: a person has seen them, or will see them in the window. */
  readonly #startedAt = Date.now();
  readonly #names = new Map<string, string>();
  readonly #notifier: Notifier;
  readonly #options: DeskOptions;
  /** Failures that a person has had before them. */
  #seen: ReadonlySet<string> = new Set();

  constructor(options: DeskOptions) {
    this.#options = options;
    this.#notifier = new Notifier(options.tell, (taskId) => this.#nameOf(taskId));
  }

  /** The window is before its person, or was until now: failures that it shows draw no more attention. */
  seen(): void {
    if (this.#facts === undefined) return;
    this.#seen = new Set(this.#facts.failed.map(({ id }) => id));
    this.#looked(this.#facts);
  }

  say(title: string, body: string): void {
    this.#notifier.say(title, body);
  }

  /** Reads from the core until that is gone. */
  async connect(): Promise<void> {
    const port = this.#options.openPort();
    if (port === undefined) return;
    const connection = await connectToCore(port).catch(() => undefined);
    if (connection === undefined) return;
    this.#connection = connection;
    await watchCore(connection, (facts) => this.#looked(facts), this.#startedAt);
    if (this.#connection !== connection) return;
    this.#connection = undefined;
    this.runsHere.lost();
  }

  /** @param trouble why there is no core. */
  offline(trouble: string): void {
    this.#facts = undefined;
    this.runsHere.lost();
    this.#show(offlineGlance(trouble));
  }

  /** @param until epoch milliseconds; undefined ends the pause. */
  async pause(until: number | undefined): Promise<void> {
    const api = this.#connection?.api;
    if (api === undefined) return;
    try {
      const { paused: _former, ...policy } = (await api.policy.show()).policy;
      await api.policy.put({ policy: until === undefined ? policy : { ...policy, paused: until } });
      if (this.#facts !== undefined) this.#looked({ ...this.#facts, policy: (await api.policy.show()).policy });
    } catch (fault) {
      this.#notifier.say('This machine could not be paused', fault instanceof Error ? fault.message : String(fault));
    }
  }

  showAgain(): void {
    this.#options.show(this.#glance);
  }

  #looked(facts: Facts): void {
    this.#facts = facts;
    this.runsHere.looked(facts.isBusyHere);
    for (const { taskId, taskName } of facts.upcoming) this.#learn(taskId, taskName);
    for (const { id, name } of facts.conflicts) this.#learn(id, name);
    this.#notifier.looked(facts);
    const failed = facts.failed.filter(({ id }) => !this.#seen.has(id));
    this.#show(glanceOf({ ...facts, failed }, Date.now(), (taskId) => this.#nameOf(taskId)));
  }

  #learn(taskId: string, name: string): void {
    if (this.#names.size < MOST_NAMES || this.#names.has(taskId)) this.#names.set(taskId, name);
  }

  #nameOf(taskId: string): string {
    return this.#names.get(taskId) ?? taskId;
  }

  #show(glance: Glance): void {
    this.#glance = glance;
    this.#options.show(glance);
  }
}
