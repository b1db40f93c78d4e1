/**
 * Carillon as a service of the system: which file says so, and which commands make the system read it. Pure, so that what
 * would be done can be shown before it is done. The agent alone is ended with the service: what it has started belongs to
 * the launcher, goes on, and is taken over by the next agent, so that an update kills no run (`KillMode=process`).
 *
 * Formats: systemd.service(5), systemd.exec(5); launchd.plist(5); the Task Scheduler schema 1.2 of Windows.
 */
import { posix, win32 } from 'node:path';
import { appError } from '../../core/std/app-error.ts';
import { err, ok, type Result } from '../../core/std/result.ts';

/** What is known of the machine, and of this program on it. */
export interface ServiceFacts {
  readonly platform: string;
  readonly homeFolder: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The Node that runs the agent, and the entry of the command line. */
  readonly nodePath: string;
  readonly entryPath: string;
  readonly dataFolder: string;
  /** A numeric user id where there is one; 0 may set up a service of the whole machine. */
  readonly userId: number | undefined;
  readonly userName: string;
}

export interface ServiceCommand {
  readonly argv: readonly [string, ...string[]];
  /** What it says when it fails is of no interest: there may be nothing to end. */
  readonly mayFail?: true;
  /** It may be too early: tried again for a while. */
  readonly patient?: true;
}

/** How a command ended, and what it said on standard output. */
export interface CommandAnswer {
  readonly ok: boolean;
  readonly said: string;
}

/** Asks the manager whether the service runs; that it is known there is not enough. */
export interface ServiceQuestion {
  readonly command: ServiceCommand;
  runs(answer: CommandAnswer): boolean;
}

export interface ServicePlan {
  /** How people call it. */
  readonly manager: 'systemd' | 'launchd' | 'Task Scheduler';
  readonly scope: 'user' | 'system';
  readonly filePath: string;
  readonly fileText: string;
  /** Also after a change or an update: whatever runs already is started anew, with the file as it is now. */
  readonly install: readonly ServiceCommand[];
  readonly remove: readonly ServiceCommand[];
  readonly status: ServiceQuestion;
  /** What a person may still want to do. */
  readonly hint: string;
}

const LABEL = 'net.carillon.agent';
const UNIT = 'carillon.service';
const DESCRIPTION = 'Carillon, the task scheduler of the machines here';

/** @param system for the whole machine, from its start on; else for the user, who must be logged in. */
export function planService(facts: ServiceFacts, system: boolean): Result<ServicePlan> {
  switch (facts.platform) {
    case 'linux':
      return systemdPlan(facts, system);
    case 'darwin':
      return launchdPlan(facts, system);
    case 'win32':
      return system ? refuseSystem('Windows starts it when this user logs in') : ok(taskPlan(facts));
    default: {
      const message = `services of ${facts.platform} are not known here`;
      return err(appError('SERVICE_UNAVAILABLE', message));
    }
  }
}

function systemdPlan(facts: ServiceFacts, system: boolean): Result<ServicePlan> {
  if (system && facts.userId !== 0) return refuseSystem('only root may set up a service of the whole machine');
  const configHome = facts.environment['XDG_CONFIG_HOME'];
  const base = configHome?.startsWith('/') === true ? configHome : posix.join(facts.homeFolder, '.config');
  const folder = system ? '/etc/systemd/system' : posix.join(base, 'systemd', 'user');
  const systemctl = (...words: string[]): ServiceCommand['argv'] => [
    'systemctl',
    ...(system ? [] : ['--user']),
    ...words,
  ];
  return ok({
    manager: 'systemd',
    scope: system ? 'system' : 'user',
    filePath: posix.join(folder, UNIT),
    fileText: systemdUnit(facts, system),
    // `enable --now` would leave a service alone that runs already, with the unit of yesterday.
    install: [
      { argv: systemctl('daemon-reload') },
      { argv: systemctl('enable', UNIT) },
      { argv: systemctl('restart', UNIT) },
    ],
    remove: [{ argv: systemctl('disable', '--now', UNIT) }],
    status: { command: { argv: systemctl('is-active', '--quiet', UNIT) }, runs: ({ ok: active }) => active },
    hint: system
      ? `Its log: journalctl -u ${UNIT}`
      : `Its log: journalctl --user -u ${UNIT}. To let it run while nobody is logged in: loginctl enable-linger`,
  });
}

/** A unit of systemd. @param system runs as the user who sets it up all the same, from the start of the machine. */
export function systemdUnit(facts: ServiceFacts, system: boolean): string {
  const command = [facts.nodePath, facts.entryPath, 'start', '--data', facts.dataFolder].map(systemdWord).join(' ');
  return `[Unit]
Description=${DESCRIPTION}
Wants=network-online.target
After=network-online.target

[Service]
Type=exec
ExecStart=${command}
${system ? `User=${facts.userName}\n` : ''}Restart=on-failure
RestartSec=2
# Runs belong to the launcher, which stays: the next agent takes them over.
KillMode=process
TimeoutStopSec=30
LimitNOFILE=65536

[Install]
WantedBy=${system ? 'multi-user.target' : 'default.target'}
`;
}

/** A word of a command line in a unit: quoted, with specifiers and variables as plain text. */
function systemdWord(word: string): string {
  const escaped = word.replaceAll('%', '%%').replaceAll('$', '$$$$').replace(/["\\]/g, '\\$&');
  return /^[A-Za-z0-9_@%+=:,./$-]+$/.test(escaped) ? escaped : `"${escaped}"`;
}

/** The state of the service itself stands one step in; those of its sockets and such stand further in. */
function runsByLaunchd({ ok: known, said }: CommandAnswer): boolean {
  return known && /^\tstate = running$/m.test(said);
}

function launchdPlan(facts: ServiceFacts, system: boolean): Result<ServicePlan> {
  if (system && facts.userId !== 0) return refuseSystem('only root may set up a service of the whole machine');
  const folder = system ? '/Library/LaunchDaemons' : posix.join(facts.homeFolder, 'Library', 'LaunchAgents');
  const filePath = posix.join(folder, `${LABEL}.plist`);
  const domain = system ? 'system' : `gui/${facts.userId ?? 501}`;
  return ok({
    manager: 'launchd',
    scope: system ? 'system' : 'user',
    filePath,
    fileText: launchdPlist(facts),
    install: [
      { argv: ['launchctl', 'bootout', `${domain}/${LABEL}`], mayFail: true },
      // What it has just let go of may be ending still.
      { argv: ['launchctl', 'bootstrap', domain, filePath], patient: true },
    ],
    remove: [{ argv: ['launchctl', 'bootout', `${domain}/${LABEL}`], mayFail: true }],
    status: { command: { argv: ['launchctl', 'print', `${domain}/${LABEL}`] }, runs: runsByLaunchd },
    // The agent keeps its log by itself; one more file of launchd would grow without bound.
    hint: `Its log: ${posix.join(facts.dataFolder, 'agent.log')}`,
  });
}

function launchdPlist(facts: ServiceFacts): string {
  const words = [facts.nodePath, facts.entryPath, 'start', '--data', facts.dataFolder];
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
  <dict>
    <key>Label</key>
    <string>${LABEL}</string>
    <key>ProgramArguments</key>
    <array>
${words.map((word) => `      <string>${xmlText(word)}</string>`).join('\n')}
    </array>
    <key>RunAtLoad</key>
    <true/>
    <key>KeepAlive</key>
    <dict>
      <key>SuccessfulExit</key>
      <false/>
    </dict>
    <key>AbandonProcessGroup</key>
    <true/>
  </dict>
</plist>
`;
}

/** `schtasks /Query` says it in the language of the system; this says it as a number. */
const TASK_STATE: ServiceCommand['argv'] = [
  'powershell.exe',
  '-NoProfile',
  '-NonInteractive',
  '-Command',
  "[int](Get-ScheduledTask -TaskPath '\\' -TaskName 'Carillon' -ErrorAction Stop).State",
];
/** `TASK_STATE_RUNNING` of the Task Scheduler's `TASK_STATE`. */
const TASK_RUNNING = '4';

function taskPlan(facts: ServiceFacts): ServicePlan {
  const filePath = win32.join(facts.dataFolder, 'service.xml');
  return {
    manager: 'Task Scheduler',
    scope: 'user',
    filePath,
    fileText: windowsTask(facts),
    install: [
      { argv: ['schtasks', '/Create', '/TN', 'Carillon', '/XML', filePath, '/F'] },
      // A task that runs already would not be started again.
      { argv: ['schtasks', '/End', '/TN', 'Carillon'], mayFail: true },
      { argv: ['schtasks', '/Run', '/TN', 'Carillon'] },
    ],
    remove: [
      { argv: ['schtasks', '/End', '/TN', 'Carillon'], mayFail: true },
      { argv: ['schtasks', '/Delete', '/TN', 'Carillon', '/F'] },
    ],
    status: { command: { argv: TASK_STATE }, runs: ({ ok: known, said }) => known && said.trim() === TASK_RUNNING },
    hint: 'It is in the Task Scheduler of Windows, under "Carillon".',
  };
}

function windowsTask(facts: ServiceFacts): string {
  const words = [facts.entryPath, 'start', '--data', facts.dataFolder].map((word) => `"${word}"`).join(' ');
  const user = xmlText(facts.userName);
  return `<?xml version="1.0" encoding="UTF-8"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo><Description>${DESCRIPTION}</Description></RegistrationInfo>
  <Triggers><LogonTrigger><UserId>${user}</UserId></LogonTrigger></Triggers>
  <Principals><Principal id="user"><UserId>${user}</UserId><LogonType>InteractiveToken</LogonType></Principal></Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>
    <RestartOnFailure><Interval>PT1M</Interval><Count>255</Count></RestartOnFailure>
  </Settings>
  <Actions Context="user">
    <Exec><Command>${xmlText(facts.nodePath)}</Command><Arguments>${xmlText(words)}</Arguments></Exec>
  </Actions>
</Task>
`;
}

function xmlText(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

function refuseSystem(message: string): Result<never> {
  return err(appError('SERVICE_UNAVAILABLE', message, { field: 'system' }));
}
