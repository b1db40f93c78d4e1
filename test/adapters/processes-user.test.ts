/** Tasks that run as another user of the machine. Needs root, and `setpriv`; elsewhere what is refused is shown. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MASK } from '../../core/adapters/processes/redaction.ts';
import type { ProcessRunner } from '../../core/ports/process-runner.ts';
import { EventRecorder, launchSpec, startRunner } from '../conformance/process-world.ts';
import {
  createRealProcessWorld,
  pidsOfRun,
  shell,
  until,
  type RealProcessWorld,
} from './processes/real-process-world.ts';

const OTHER = 'nobody';
const isRoot = process.platform === 'linux' && process.getuid?.() === 0 && canSetUser();
const anywhere = { workingDirectory: '/' };

function canSetUser(): boolean {
  try {
    execFileSync('setpriv', ['--version'], { stdio: 'ignore' });
    execFileSync('getent', ['passwd', OTHER], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

describe('a task of another user', () => {
  let world: RealProcessWorld;
  let recorder: EventRecorder;
  let runner: ProcessRunner;

  beforeEach(async () => {
    world = await createRealProcessWorld();
    recorder = new EventRecorder();
    runner = await startRunner(world, recorder);
  });
  afterEach(() => world.close());

  test.skipIf(!isRoot)('has its user, group, groups and home, and none of the rights of root', async () => {
    const lines = ['id -un', 'id -G', 'echo "$HOME $USER"', 'cat /etc/shadow', 'grep CapEff /proc/self/status'];
    const spec = launchSpec(shell(lines.join('\n'), anywhere), { user: OTHER });
    runner.launch(spec);
    const { outcome } = await recorder.event(spec.runId, 'ended');
    const output = await world.outputOf(spec.runId);
    expect(outcome.exitCode).toBe(0);
    expect(output).toMatch(/^nobody\n65534\n\S+ nobody\n/);
    expect(output).toContain('Permission denied');
    expect(output).toMatch(/CapEff:\s*0+\n/);
  });

  test.skipIf(!isRoot)('is ended like any other', async () => {
    const spec = launchSpec(shell("trap '' TERM; echo ready; while :; do sleep 0.1; done", anywhere), { user: OTHER });
    runner.launch(spec);
    await until(() =>
      pidsOfRun(spec.runId).some((pid) => readFileSync(`/proc/${pid}/status`, 'utf8').includes('65534')),
    );
    runner.terminate(spec.runId, 100);
    expect((await recorder.event(spec.runId, 'ended')).outcome.cancelled).toBe(true);
    expect(pidsOfRun(spec.runId)).toEqual([]);
  });

  test.skipIf(!isRoot)('alone can read the files with its secrets, and nobody can list them', async () => {
    const lines = [
      'stat -c "%U %a" "$KEY_FILE" "${KEY_FILE%/*}"',
      'cat "$KEY_FILE"; echo',
      'ls "${KEY_FILE%/*/*}" || echo closed',
    ];
    const action = shell(lines.join('\n'), { ...anywhere, secretFiles: { KEY_FILE: 'key' } });
    const secrets = { key: new TextEncoder().encode('tr0ub4dor') };
    const spec = launchSpec(action, { user: OTHER, secrets });
    runner.launch(spec);
    expect((await recorder.event(spec.runId, 'ended')).outcome.exitCode).toBe(0);
    const output = await world.outputOf(spec.runId);
    expect(output).toContain(`nobody 400\nnobody 500\n${MASK}\n`);
    expect(output).toContain('closed');
    const left = readdirSync('/dev/shm').filter((name) => name.endsWith('-others'));
    expect(left.flatMap((name) => readdirSync(`/dev/shm/${name}`)).filter((run) => run === spec.runId)).toEqual([]);
  });

  test('that does not exist, or cannot be had, is refused in words', async () => {
    const spec = launchSpec(shell('id', anywhere), { user: 'nobody-of-that-name' });
    runner.launch(spec);
    const refused = await recorder.event(spec.runId, 'not-started');
    expect(refused).toMatchObject({ code: 'PERMISSION_DENIED', text: expect.stringContaining('nobody-of-that-name') });
  });

  test('who is the agent’s own needs nothing', async () => {
    const spec = launchSpec(shell('exit 3', anywhere), { user: userInfo().username });
    runner.launch(spec);
    expect((await recorder.event(spec.runId, 'ended')).outcome.exitCode).toBe(3);
  });
});
