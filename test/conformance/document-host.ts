/** What every document host does, on whatever thread the document lives. */
import { afterEach, describe, expect, it } from 'vitest';
import { createSigner } from '../../core/adapters/keys/ed25519.ts';
import { DOCUMENT } from '../../core/config/constants.ts';
import type { DocumentCommand, DocumentEvent } from '../../core/document/document-protocol.ts';
import type { DocumentHost } from '../../core/ports/document-host.ts';
import {
  actorOf,
  definition,
  type EventOf,
  founding,
  openBench,
  putTask,
  seedOf,
  START,
  View,
} from '../core/document/document-builders.ts';

/** Starts a host, keeps its events, and waits for those that a test names. */
class Listener {
  readonly events: DocumentEvent[] = [];
  readonly view = new View();
  readonly #host: DocumentHost;
  #onChange: (() => void) | undefined;

  constructor(host: DocumentHost) {
    this.#host = host;
    host.start((event) => {
      this.events.push(event);
      if (event.type === 'projected' || event.type === 'changed') this.view.take(event.delta);
      this.#onChange?.();
    });
  }

  post(command: DocumentCommand): void {
    this.#host.post(command);
  }

  open(index: number, snapshot?: Uint8Array): void {
    const { self } = createSigner(seedOf(index));
    this.post({ type: 'open', self, actor: actorOf(index), snapshot, changes: founding() });
  }

  /** The first event of a type, as soon as there is one. */
  async first<Type extends DocumentEvent['type']>(type: Type): Promise<EventOf<Type>> {
    await this.until(() => this.events.some((event) => event.type === type));
    return this.events.find((event) => event.type === type) as EventOf<Type>;
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => (this.#onChange = resolve));
  }

  stop(): Promise<void> {
    return this.#host.stop();
  }
}

/** @param createHost a host for the machine whose key `seed` is. */
export function describeDocumentHost(name: string, createHost: (seed: Uint8Array) => DocumentHost): void {
  describe(`document host: ${name}`, () => {
    let listener: Listener | undefined;
    const listen = (index: number): Listener => (listener = new Listener(createHost(seedOf(index))));

    afterEach(async () => {
      await listener?.stop();
    });

    it('answers commands in their order', async () => {
      const host = listen(0);
      host.open(0);
      host.post({ type: 'edit', requestId: 'first', edits: [putTask(definition('a'))], at: START });
      host.post({ type: 'edit', requestId: 'second', edits: [putTask(definition('a'), 'create')], at: START });
      host.post({ type: 'snapshot' });
      await host.first('snapshot');
      const answers = host.events.map((event) => ('requestId' in event ? event.requestId : event.type));
      expect(answers.filter((answer) => answer !== 'projected')).toEqual(['opened', 'first', 'second', 'snapshot']);
      expect(host.view.tasks.size).toBe(1);
    });

    it('takes in what another machine made, and hands on bytes that can be opened', async () => {
      const other = openBench(1);
      const changes = other.make(putTask(definition('a')), putTask(definition('b')));
      const host = listen(0);
      host.open(0);
      host.post({ type: 'receive', from: other.self, changes });
      host.post({ type: 'snapshot' });
      const { bytes } = await host.first('snapshot');
      expect((await host.first('changed')).digest).toBe(other.digest);
      const again = openBench(2);
      again.open(bytes);
      expect(again.digest).toBe(other.digest);
      expect(again.view.plain()).toEqual(other.view.plain());
    });

    it('hands a large view over in slices, after the change that brought it', async () => {
      const count = DOCUMENT.tasksPerSlice * 2 + 1;
      const host = listen(0);
      host.open(0);
      const edits = Array.from({ length: count }, (_, index) => putTask(definition(`task-${index}`)));
      host.post({ type: 'edit', requestId: 'bulk', edits, at: START });
      const changed = await host.first('changed');
      await host.until(() => host.view.tasks.size === count);
      expect(changed.delta.tasks).toHaveLength(DOCUMENT.tasksPerSlice);
      const largest = host.events.map((event) => (event.type === 'projected' ? event.delta.tasks.length : 0));
      expect(Math.max(...largest)).toBe(DOCUMENT.tasksPerSlice);
    });

    it('carries out what is posted while it hands over an event', async () => {
      const host = listen(0);
      host.open(0);
      await host.first('opened');
      host.post({ type: 'edit', requestId: 'bulk', edits: [putTask(definition('a'))], at: START });
      await host.first('changed');
      host.post({ type: 'history', requestId: 'h', taskId: definition('a').id, limit: 10 });
      expect((await host.first('history')).revisions).toHaveLength(5);
    });

    it('refuses what needs an open document before it is open', async () => {
      const host = listen(0);
      host.post({ type: 'edit', requestId: 'early', edits: [], at: START });
      expect((await host.first('refused')).error.code).toBe('BUSY');
    });

    it('says when a stored document cannot be used, and opens anew from what is sound', async () => {
      const host = listen(0);
      host.open(0, new Uint8Array(100));
      expect((await host.first('failed')).error.code).toBe('DATABASE_CORRUPT');
      host.open(0);
      await host.first('opened');
    });

    it('says nothing after it was stopped', async () => {
      const host = listen(0);
      host.open(0);
      await host.first('opened');
      await host.stop();
      const before = host.events.length;
      host.post({ type: 'edit', requestId: 'late', edits: [], at: START });
      await host.stop();
      expect(host.events.length).toBe(before);
    });
  });
}
