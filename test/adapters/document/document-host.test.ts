/** Both hosts do the same; the worker also survives its thread. */
import { expect, it } from 'vitest';
import { createInlineHost } from '../../../core/adapters/document/inline-host.ts';
import { createWorkerHost } from '../../../core/adapters/document/worker-host.ts';
import { createSigner } from '../../../core/adapters/keys/ed25519.ts';
import type { DocumentCommand, DocumentEvent } from '../../../core/document/document-protocol.ts';
import { describeDocumentHost } from '../../conformance/document-host.ts';
import { actorOf, seedOf, START } from '../../core/document/document-builders.ts';

describeDocumentHost('inline', (seed) => createInlineHost(createSigner(seed)));
describeDocumentHost('worker', createWorkerHost);

it('a worker that breaks down is told as failed, its requests are refused, and the next open starts another', async () => {
  const host = createWorkerHost(seedOf(0));
  const events: DocumentEvent[] = [];
  let wake = (): void => undefined;
  host.start((event) => {
    events.push(event);
    wake();
  });
  const seen = async (type: DocumentEvent['type']): Promise<void> => {
    while (!events.some((event) => event.type === type)) await new Promise<void>((resolve) => (wake = resolve));
  };
  const { self } = createSigner(seedOf(0));
  const open: DocumentCommand = { type: 'open', self, actor: actorOf(0), snapshot: undefined, changes: [] };
  const stranger = createSigner(seedOf(1)).self;
  host.post({ ...open, self: stranger });
  host.post({ type: 'edit', requestId: 'lost', edits: [], at: START });
  await seen('failed');
  expect(events.map(({ type }) => type)).toEqual(['refused', 'failed']);
  host.post(open);
  await seen('opened');
  await host.stop();
});
