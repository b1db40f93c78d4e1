/** Requests for output and copies that are kept: any run, any offset, any size. Nothing outside the folder is touched. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createOutputStore } from '../../../core/adapters/processes/output-store.ts';
import { LIMITS } from '../../../core/config/constants.ts';
import { areSpansWithin } from '../../../core/domain/output-spans.ts';
import { decodePeerMessage, encodeValue } from '../../../core/protocol/codec.ts';
import type { OutputStore } from '../../../core/ports/output-store.ts';
import { peerMessages, poolsOf, STRANGERS } from '../corpus.ts';
import { storm } from '../storm.ts';
import { mutateValue } from '../value-mutation.ts';

let folder: string;
let store: OutputStore;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'carillon-fuzz-'));
  store = createOutputStore({ dataFolder: join(folder, 'data') });
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('whatever is asked for or offered', async () => {
  const values = peerMessages(STRANGERS).filter(({ type }) => type === 'output-read' || type === 'output-chunk');
  const pools = poolsOf(STRANGERS);
  await storm({
    door: 'output',
    title: 'messages',
    part: 1,
    make: (random) => {
      try {
        return encodeValue(mutateValue(random, random.pick(values), pools));
      } catch {
        return new Uint8Array();
      }
    },
    feed: async (bytes) => {
      const decoded = decodePeerMessage(bytes);
      if (!decoded.ok) return;
      const message = decoded.value;
      if (message.type === 'output-chunk') {
        const errors = message.errors ?? [];
        const good = areSpansWithin(errors, message.data.length) ? errors : [];
        await store.append(message.runId, message.offset, message.data, message.complete, good);
      }
      if (message.type !== 'output-read' && message.type !== 'output-chunk') return;
      const limit = message.type === 'output-read' ? message.limit : LIMITS.outputChunkBytes;
      const chunk = await store.read(message.runId, message.offset, limit);
      if (chunk === undefined) return;
      expect(chunk.data.length).toBeLessThanOrEqual(Math.min(limit, LIMITS.outputChunkBytes));
      expect(chunk.size).toBeLessThanOrEqual(LIMITS.outputBytes);
      expect(areSpansWithin(chunk.errors ?? [], chunk.data.length)).toBe(true);
    },
  });
  expect(readdirSync(folder)).toEqual(readdirSync(folder).filter((name) => name === 'data'));
});
