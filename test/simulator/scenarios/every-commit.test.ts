/**
 * Storage fails at every single point of a fixed story, one after the other: nothing that was acknowledged is lost,
 * nothing starts twice, and order returns.
 */
import { describe, expect, test } from 'vitest';
import type { OccurrenceId } from '../../../core/domain/ids.ts';
import type { Command } from '../../../core/peer/commands.ts';
import type { CommitFate } from '../../fakes/memory-disk.ts';
import { Ledger, type LedgerEntry } from '../checkers/ledger.ts';
import { type SimCluster, simTask } from '../sim-cluster.ts';
import { AGREE_MS, expectAgreement, expectOneStartPerAttempt, formedWith } from './lab.ts';

const steady = simTask('steady', '*/10 * * * * *', { policy: { guarantee: 'at-most-once' } });
const byHand = simTask('by-hand', undefined, { policy: { overlap: 'queue-all' } });

/** Less than a failed commit is tried again after. */
const DARK_AFTER_MS = 1500;

interface Story {
  readonly cluster: SimCluster;
  readonly ledger: Ledger;
  /** Commits of the machine whose disk fails, from the beginning of the story. */
  readonly commits: number;
}

/** Edits, runs by hand and runs by schedule, most of them on the first machine, whose disk fails once. */
async function play(commit: number | undefined, fate: CommitFate | 'failed-then-dark'): Promise<Story> {
  const cluster = await formedWith({ machines: 3 }, steady, byHand);
  const machine = cluster.machine(0);
  const { disk } = machine;
  const first = disk.commits;
  const at = first + (commit ?? Infinity);
  let failing = false;
  disk.fate = (number) => {
    if (fate !== 'failed-then-dark') return number === at ? fate : 'stored';
    if (number === at) {
      // Before it is tried again, it is dark: whatever was said meanwhile was said in vain.
      cluster.time.after(DARK_AFTER_MS, () => {
        failing = false;
        machine.losePower();
      });
      failing = true;
    }
    return failing ? 'failed' : 'stored';
  };
  const ledger = new Ledger(() => cluster.time.now);
  const ask = async (index: number, command: Command): Promise<void> => {
    if (cluster.machine(index).running) ledger.ask(cluster.machine(index), command);
    await cluster.run(400);
  };
  for (let round = 0; round < 4; round += 1) {
    await ask(0, { kind: 'put-tasks', mode: 'upsert', definitions: [simTask(`made-${round}`, undefined)] });
    await ask(0, { kind: 'run-task', id: byHand.id });
    await ask(0, { kind: 'run-task', id: byHand.id, machine: machine.id });
    await ask(1, { kind: 'put-tasks', mode: 'upsert', definitions: [simTask(`other-${round}`, undefined)] });
    await cluster.run(2000);
    if (!machine.running) await machine.boot();
  }
  const commits = disk.commits - first;
  await cluster.run(6000);
  if (!machine.running) await machine.boot();
  await cluster.run(AGREE_MS);
  return { cluster, ledger, commits };
}

/** What was asked for, and was said to be done. */
function acknowledged({ ledger }: Story): LedgerEntry[] {
  return ledger.entries.filter((entry) => entry.outcome?.ok === true);
}

async function expectNothingLost(story: Story): Promise<void> {
  const { cluster } = story;
  await expectAgreement(cluster, steady, byHand);
  expectOneStartPerAttempt(cluster, steady);
  const known = new Set<OccurrenceId>((await cluster.runs(1, byHand)).map((run) => run.occurrenceId));
  for (const { command, outcome } of acknowledged(story)) {
    if (command.kind === 'put-tasks') {
      const [definition] = command.definitions;
      for (const { peer } of cluster.machines) expect(peer.view.task(definition?.id as never)?.id).toBe(definition?.id);
    }
    if (outcome?.ok === true && 'occurrenceIds' in outcome.value) {
      for (const id of outcome.value.occurrenceIds) expect([...known]).toContain(id);
    }
  }
  const states = new Set((await cluster.runs(0, byHand)).map((run) => run.state));
  for (const open of ['starting', 'running', 'queued']) expect([...states]).not.toContain(open);
}

describe('storage that fails once', () => {
  test.for(['failed', 'failed-then-dark', 'full', 'cut-before', 'cut-after'] as const)(
    '(%s), at whichever commit',
    async (fate) => {
      const calm = await play(undefined, fate);
      await expectNothingLost(calm);
      expect(acknowledged(calm)).toHaveLength(16);
      expect(calm.commits).toBeGreaterThan(20);
      for (let commit = 1; commit <= calm.commits; commit += 1) {
        const story = await play(commit, fate);
        try {
          await expectNothingLost(story);
        } catch (fault) {
          throw new Error(`commit ${commit} of ${calm.commits}`, { cause: fault });
        }
      }
    },
  );
});
