/**
 * `carillon service …` on Linux, with a stand-in for systemd that ends processes as the unit says: a service that is
 * installed again is started anew with the new unit, and what its agent had started goes on.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { connectToAgent } from '../../agent/cli/agent-client.ts';
import { type CommandResult, carillon } from './command-line.ts';
import { eventually } from './eventually.ts';
import { endLeftovers, endProcess } from './own-processes.ts';
import { shellTask } from './task-builder.ts';

const STAND_IN = fileURLToPath(new URL('./systemd-stand-in.ts', import.meta.url));
/** An agent that is started on a machine with other things to do. */
const START_MS = 40_000;
const WHOLE_MS = 180_000;
const ON_LOOPBACK = '--listen /ip4/127.0.0.1/tcp/0 --console 0 --no-mdns';

let folder: string;
let data: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'carillon-service-'));
  data = join(folder, 'data');
  const program = join(folder, 'bin', 'systemctl');
  mkdirSync(join(folder, 'bin'));
  mkdirSync(join(folder, 'systemd'));
  const words = [process.execPath, STAND_IN, join(folder, 'systemd'), ON_LOOPBACK].map((word) => `'${word}'`);
  writeFileSync(program, `#!/bin/sh\nexec ${words.join(' ')} "$@"\n`);
  await chmod(program, 0o755);
});

afterEach(() => {
  const pid = mainPid();
  if (pid !== undefined) endProcess(pid);
  endLeftovers(data);
  rmSync(folder, { recursive: true, force: true });
});

function service(...words: string[]): Promise<CommandResult> {
  const environment = {
    HOME: folder,
    XDG_CONFIG_HOME: join(folder, 'config'),
    PATH: `${join(folder, 'bin')}:${process.env['PATH'] ?? ''}`,
  };
  return carillon(['service', ...words, '--data', data], { environment });
}

function mainPid(): number | undefined {
  try {
    return Number(readFileSync(join(folder, 'systemd', 'pid'), 'utf8'));
  } catch {
    // It was ended.
    return undefined;
  }
}

it.runIf(process.platform === 'linux')(
  'a service that is installed again runs anew, and its runs go on',
  async () => {
    expect(await service('install')).toMatchObject({ exitCode: 0, stderr: '' });
    expect((await service('status')).stdout).toContain('The service runs');
    const before = await eventually(async () => {
      const client = await connectToAgent(data);
      await client.cluster.create({ name: 'lab' });
      return client;
    }, START_MS);
    const script = [
      `echo start >> ${folder}/starts`,
      `for i in $(seq 600); do if [ -e ${folder}/go ]; then break; fi; sleep 0.1; done`,
      'echo done',
    ].join('\n');
    await before.tasks.apply({ definitions: [shellTask('long', script)] });
    await before.tasks.run({ id: 'long' });
    const run = await eventually(async () => {
      const { runs } = await before.runs.list({ task: 'long' });
      expect(runs).toMatchObject([{ state: 'running' }]);
      return runs[0]?.id ?? '';
    });

    // As if an older version had installed it.
    const unit = join(folder, 'config', 'systemd', 'user', 'carillon.service');
    const text = readFileSync(unit, 'utf8');
    const loaded = join(folder, 'systemd', 'loaded');
    writeFileSync(loaded, text.replace('RestartSec=2', 'RestartSec=9'));
    const oldPid = mainPid();
    expect(await service('install')).toMatchObject({ exitCode: 0, stderr: '' });
    expect(readFileSync(loaded, 'utf8')).toBe(text);
    expect(mainPid()).not.toBe(oldPid);

    // The new agent answers at a port of its own.
    const isRun = (state: string) =>
      eventually(async () => {
        const after = await connectToAgent(data);
        expect((await after.runs.get({ run })).run).toMatchObject({ id: run, state, attempt: 1 });
      }, START_MS);
    await isRun('running');
    writeFileSync(join(folder, 'go'), '');
    await isRun('succeeded');
    expect(readFileSync(join(folder, 'starts'), 'utf8')).toBe('start\n');

    expect((await service('remove')).stdout).toContain(`its data stays in ${data}`);
    expect((await service('status')).stdout).toContain('There is no service');
    expect(mainPid()).toBeUndefined();
  },
  WHOLE_MS,
);
