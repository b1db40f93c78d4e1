/**
 * Between agent, launcher and run folders: lines of the launcher's protocol in both directions, `exit.json` and
 * `meta.json`, and the lines that tasks write. What is taken has the shape that the code behind it counts on, and its run
 * ends as a record that other machines take.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeMessage, MessageReader } from '../../../core/adapters/processes/launcher-protocol.ts';
import { isAgentMessage, isLauncherMessage } from '../../../core/adapters/processes/process-shapes.ts';
import { type ProtocolReport, ProtocolLines } from '../../../core/adapters/processes/protocol-lines.ts';
import { readEnding, readMeta, runPaths } from '../../../core/adapters/processes/run-folder.ts';
import { LIMITS } from '../../../core/config/constants.ts';
import { PROCESSES } from '../../../core/config/processes.ts';
import { LATEST_INSTANT } from '../../../core/domain/instant.ts';
import type { RunId } from '../../../core/domain/ids.ts';
import type { ProcessEvent, ProcessOutcome } from '../../../core/ports/process-runner.ts';
import { launchSpec } from '../../conformance/process-world.ts';
import { NOON } from '../../fakes/run-records.ts';
import { STRANGERS } from '../corpus.ts';
import { mutateBytes, mutateText } from '../mutation.ts';
import { inputRandom, storm } from '../storm.ts';
import { mutateValue } from '../value-mutation.ts';

const [RUN] = STRANGERS.runs as [RunId];
const outcome: ProcessOutcome = {
  exitCode: 1,
  signal: 'SIGKILL',
  startedAt: NOON,
  finishedAt: NOON + 5,
  timedOut: false,
  cancelled: false,
  outputBytes: 10,
  outputDroppedBytes: 0,
  result: '{"a":1}',
  failure: { code: 'HTTP_REQUEST_FAILED', text: 'no' },
};
const events: readonly ProcessEvent[] = [
  { type: 'started', runId: RUN, pid: 7, startedAt: NOON },
  { type: 'progress', runId: RUN, fraction: 0.5 },
  { type: 'ended', runId: RUN, outcome },
  { type: 'not-started', runId: RUN, code: 'SPAWN_FAILED', text: 'no' },
  { type: 'vanished', runId: RUN },
];
const toAgent = [
  encodeMessage({ type: 'hello', version: 1, pid: 5, runs: [{ runId: RUN, pid: 7, startedAt: NOON }] }),
  ...events.map((event) => encodeMessage({ type: 'event', event })),
  encodeMessage({ type: 'replaced' }),
];
const { secrets: _none, ...plainSpec } = launchSpec({
  type: 'command',
  argv: ['true'],
  environment: { KEY: { secret: 'key' } },
});
const toLauncher = [
  encodeMessage({ type: 'hello', version: 1, environment: { PATH: '/bin' } }),
  encodeMessage({ type: 'launch', spec: { ...plainSpec, secrets: { key: 'value' } } }),
  encodeMessage({ type: 'terminate', runId: RUN, graceMs: 5 }),
  encodeMessage({ type: 'retire' }),
];

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'carillon-fuzz-'));
  mkdirSync(runPaths(folder, RUN).folder, { recursive: true });
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What the peer makes a record of. */
function expectOutcome(taken: ProcessOutcome): void {
  for (const instant of [taken.startedAt, taken.finishedAt]) {
    if (!(Number.isSafeInteger(instant) && instant >= 0 && instant <= LATEST_INSTANT)) throw new Error('no instant');
  }
  for (const count of [taken.outputBytes, taken.outputDroppedBytes]) expect(count).toBeGreaterThanOrEqual(0);
  expect(taken.result?.length ?? 0).toBeLessThanOrEqual(LIMITS.resultBytes);
}

test('lines in both directions', async () => {
  await storm({
    door: 'processes',
    title: 'lines',
    part: 0.4,
    make: (random) => {
      const lines = random.pick([toAgent, toLauncher]);
      if (random.below(2) === 0) return mutateText(random, lines, ['\n', '{"type":"event"}', 'null\n', '[]\n']);
      const value: unknown = JSON.parse(random.pick(lines));
      return new TextEncoder().encode(`${JSON.stringify(mutateValue(random, value, [])) ?? ''}\n`);
    },
    feed: (bytes) => {
      for (const check of [isAgentMessage, isLauncherMessage] as const) {
        const reader = new MessageReader<ReturnType<typeof JSON.parse>>(PROCESSES.messageBytes, check);
        try {
          for (const message of reader.push(Buffer.from(bytes))) expect(typeof message).toBe('object');
        } catch (fault) {
          // Its connection is closed for that, and for nothing else.
          expect(fault).toBeInstanceOf(SyntaxError);
        }
      }
    },
  });
});

test('files of a run folder', async () => {
  const paths = runPaths(folder, RUN);
  const endings = events.slice(2).map(({ runId: _, ...ending }) => ending);
  const meta = {
    runId: RUN,
    taskId: 'a',
    action: 'command',
    pid: 7,
    startTime: '1',
    startedAt: NOON,
    outputLimitBytes: 9,
  };
  await storm({
    door: 'processes',
    title: 'files',
    part: 0.3,
    make: (random) => {
      const value = random.pick([...endings, meta]);
      if (random.below(3) === 0) return mutateText(random, [JSON.stringify(value)]);
      return new TextEncoder().encode(JSON.stringify(mutateValue(random, value, [])) ?? '');
    },
    feed: (bytes) => {
      writeFileSync(paths.exit, bytes);
      writeFileSync(paths.meta, bytes);
      const ending = readEnding(paths);
      if (ending !== undefined) expect(['ended', 'not-started', 'vanished']).toContain(ending.type);
      if (ending?.type === 'ended') expectOutcome(ending.outcome);
      const pid = readMeta(paths)?.pid;
      if (pid !== undefined) expect(pid).toBeGreaterThan(0);
    },
  });
});

test('what tasks write: all of it passes, or is a report within the limits', async () => {
  const good = [
    'hello\n',
    '::carillon:: {"progress":0.5}\n',
    '::carillon::{"result":{"rows":[1,2]}}\n',
    'x'.repeat(300),
  ];
  const texts = [good.join(''), good.toReversed().join(''), (good[1] ?? '').repeat(20)];
  await storm({
    door: 'processes',
    title: 'output',
    part: 0.3,
    make: (random) =>
      mutateBytes(
        random,
        texts.map((text) => new TextEncoder().encode(text)),
      ),
    feed: (bytes) => {
      const reports: ProtocolReport[] = [];
      const lines = new ProtocolLines((report) => reports.push(report));
      const random = inputRandom(1, 'cuts', bytes.length);
      let passed = 0;
      const count = (parts: readonly Buffer[]): void => {
        for (const part of parts) passed += part.length;
      };
      for (let at = 0; at < bytes.length;) {
        const size = 1 + random.below(400);
        count(lines.push(Buffer.from(bytes.subarray(at, at + size))));
        at += size;
      }
      count(lines.end());
      expect(passed).toBeLessThanOrEqual(bytes.length);
      if (reports.length === 0) expect(passed).toBe(bytes.length);
      for (const { progress, result } of reports) {
        if (progress !== undefined && !(progress >= 0 && progress <= 1)) expect(progress).toBeUndefined();
        if (result !== undefined) expect(Buffer.byteLength(result)).toBeLessThanOrEqual(LIMITS.resultBytes);
      }
    },
  });
});
