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
    expect(system.install.map(({ argv }) => argv.join(' '))).toEqual([
      'systemctl daemon-reload',
      'systemctl enable carillon.service',
      'systemctl restart carillon.service',
    ]);
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

  test('what runs already is started anew when it is installed again', () => {
    const verbs = (platform: string) => planOf({ platform }).install.map(({ argv }) => argv[1]);
    expect(verbs('darwin')).toEqual(['bootout', 'bootstrap']);
    expect(verbs('win32')).toEqual(['/Create', '/End', '/Run']);
  });

  test.each([
    ['runs', '\tstate = running\n\n\tprogram = /opt/node\n\tpid = 417\n', true],
    ['does not run', '\tstate = not running\n\n\tprogram = /opt/node\n', false],
    ['waits to be started again', '\tstate = spawn scheduled\n', false],
    ['does not run, whatever its parts do', '\tstate = exited\n\tendpoints = {\n\t\tstate = running\n\t}\n', false],
  ])('a service of launchd %s: so says its state, not that it is known', (_, said, runs) => {
    const text = `gui/501/net.carillon.agent = {\n\tactive count = 1\n\ttype = LaunchAgent\n${said}}\n`;
    const { status } = planOf({ platform: 'darwin' });
    expect(status.runs({ ok: true, said: text })).toBe(runs);
    expect(status.runs({ ok: false, said: text })).toBe(false);
  });

  test('a task of Windows runs when its state says so, in no language', () => {
    const { status } = planOf({ platform: 'win32' });
    expect(status.command.argv.join(' ')).toContain('[int](Get-ScheduledTask');
    const runs = (said: string, ok = true) => status.runs({ ok, said });
    // TASK_STATE: 1 disabled, 2 queued, 3 ready, 4 running.
    expect(['1\r\n', '2\r\n', '3\r\n', '4\r\n', ''].map((said) => runs(said))).toEqual([
      false,
      false,
      false,
      true,
      false,
    ]);
    expect(runs('4\r\n', false)).toBe(false);
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
