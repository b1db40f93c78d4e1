/** What was acknowledged is there, however the process ends. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStateStore } from '../../../core/adapters/sqlite/state-store.ts';
import { childLines } from '../../fakes/child-lines.ts';
import { quietLogger } from '../../fakes/quiet-logger.ts';
import { machine } from '../../fakes/run-records.ts';

const WRITER = new URL('../../fakes/store-writer.ts', import.meta.url).pathname;

describe('killed in the middle of commits', () => {
  let dataFolder: string;
  beforeEach(() => {
    dataFolder = mkdtempSync(join(tmpdir(), 'carillon-crash-'));
  });
  afterEach(() => rmSync(dataFolder, { recursive: true, force: true }));

  it('has every acknowledged commit, whole, and goes on from there', async () => {
    let before = 0;
    for (const lines of [1, 40, 333]) {
      const acknowledged = await writeUntilKilled(dataFolder, lines);
      const opened = openStateStore({ dataFolder, logger: quietLogger, now: Date.now, reserveBytes: 4096 });
      if (!opened.ok) throw new Error(opened.error.message);
      const store = opened.value;
      const state = store.load();
      const head = state.logVector[machine('a')] ?? 0;
      expect(store.recovered).toBeUndefined();
      expect(acknowledged).toBeGreaterThan(before);
      expect(head).toBeGreaterThanOrEqual(acknowledged);
      expect(state.meta.get('newest')).toBe(String(head));
      const sequences = store.recordsAfter(machine('a'), 0, head + 10).records.map((each) => each.sequence);
      expect(sequences).toEqual(Array.from({ length: head }, (_, index) => index + 1));
      store.close();
      before = head;
    }
  });
});

/** @returns the last number that the writer said before it was killed, at least after `lines` of them */
async function writeUntilKilled(dataFolder: string, lines: number): Promise<number> {
  const child = spawn(process.execPath, [WRITER, dataFolder], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exit = once(child, 'exit');
  let count = 0;
  let last = 0;
  for await (const line of childLines(child)) {
    last = Number(line);
    count += 1;
    if (count === lines) child.kill('SIGKILL');
  }
  await exit;
  return last;
}
