/** What makes the agent a service of each system, and that systemd takes it. */
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { planService, type ServiceFacts, systemdUnit } from '../../agent/service/service-plan.ts';

const FACTS: ServiceFacts = {
  platform: 'linux',
  homeFolder: '/users/ada',
  environment: {},
  nodePath: '/opt/node/bin/node',
  entryPath: '/opt/carillon/agent/bin/carillon.mjs',
  dataFolder: '/users/ada/data',
  userId: 1000,
  userName: 'ada',
};

function planOf(facts: Partial<ServiceFacts>, system = false) {
  const plan = planService({ ...FACTS, ...facts }, system);
  if (!plan.ok) throw new Error(plan.error.message);
  return plan.value;
}

describe('a service of systemd', () => {
  test('ends the agent alone, so that an update kills no run', () => {
    expect(planOf({}).fileText).toContain('\nKillMode=process\n');
    expect(planOf({ platform: 'darwin' }).fileText).toContain('<key>AbandonProcessGroup</key>');
  });

  test('of a user is in the user’s folder, that of the machine in the system’s', () => {
    expect(planOf({}).filePath).toBe('/users/ada/.config/systemd/user/carillon.service');
    expect(planOf({ environment: { XDG_CONFIG_HOME: '/cfg' } }).filePath).toBe('/cfg/systemd/user/carillon.service');
    const system = planOf({ userId: 0, userName: 'root' }, true);
    expect(system.filePath).toBe('/etc/systemd/system/carillon.service');
    expect(system.fileText).toContain('\nUser=root\n');
    expect(system.install.at(-1)?.argv).toEqual(['systemctl', 'enable', '--now', 'carillon.service']);
  });

  test('takes folders with blanks, quotes, percent and dollar signs as they are', () => {
    const unit = systemdUnit({ ...FACTS, dataFolder: '/my "data" 100% $HOME' }, false);
    expect(unit).toContain('--data "/my \\"data\\" 100%% $$HOME"\n');
  });

  const analyze = spawnSync('systemd-analyze', ['--version'], { stdio: 'ignore' }).status === 0;
  test.skipIf(!analyze)('is one that systemd-analyze has nothing against', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'carillon-unit-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const file = join(folder, 'carillon.service');
    const facts = { ...FACTS, nodePath: process.execPath, dataFolder: '/my "data" 100%' };
    await writeFile(file, systemdUnit({ ...facts, userName: 'root' }, true));
    const checked = spawnSync('systemd-analyze', ['verify', '--man=no', file], { encoding: 'utf8' });
    const about = checked.stderr.split('\n').filter((line) => line.includes('carillon.service'));
    expect({ about, status: checked.status }).toEqual({ about: [], status: 0 });
  });
});

describe('elsewhere', () => {
  test('macOS and Windows get files in their own formats, with names as plain text', () => {
    const mac = planOf({ platform: 'darwin', dataFolder: '/a & <b>' });
    expect(mac.filePath).toBe('/users/ada/Library/LaunchAgents/net.carillon.agent.plist');
    expect(mac.fileText).toContain('<string>/a &#38; &#60;b&#62;</string>');
    const windows = planOf({ platform: 'win32', dataFolder: 'C:\\Data & more', userId: undefined });
    expect(windows.filePath).toBe('C:\\Data & more\\service.xml');
    expect(windows.fileText).toContain('&#34;C:\\Data &#38; more&#34;');
  });

  test.each([
    ['a service of the machine without being root', { userId: 1000 }, true],
    ['a service of the machine on Windows', { platform: 'win32' }, true],
    ['any service on a system that is not known', { platform: 'plan9' }, false],
  ])('%s is refused', (_, facts, system) => {
    expect(planService({ ...FACTS, ...facts }, system)).toMatchObject({
      ok: false,
      error: { code: 'SERVICE_UNAVAILABLE' },
    });
  });
});
