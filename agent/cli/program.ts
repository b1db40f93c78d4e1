/** The tree of commands. docs/CLI.md follows it, and a test holds the two together. */
import { Command } from 'commander';
import { programVersion } from '../version.ts';
import { auditLogCommand } from './audit-log-command.ts';
import { auditCommand } from './audit-command.ts';
import { backupCommand } from './backup-command.ts';
import { cancelCommand } from './cancel-command.ts';
import type { CliHost } from './cli-host.ts';
import { clusterCommand } from './cluster-command.ts';
import { consoleCommand } from './console-command.ts';
import { doctorCommand } from './doctor-command.ts';
import { forecastCommand } from './forecast-command.ts';
import { importCommand } from './import-command.ts';
import { inviteCommand } from './invite-command.ts';
import { joinCommand } from './join-command.ts';
import { logsCommand } from './logs-command.ts';
import { machineCommand } from './machine-command.ts';
import { machinesCommand } from './machines-command.ts';
import { nearbyCommand } from './nearby-command.ts';
import { nextCommand } from './next-command.ts';
import { pairCommand } from './pair-command.ts';
import { pairingCommand } from './pairing-command.ts';
import { recoverCommand } from './recover-command.ts';
import { recoveryKitCommand } from './recovery-kit-command.ts';
import { policyCommand } from './policy-command.ts';
import { restoreCommand } from './restore-command.ts';
import { runCommand } from './run-command.ts';
import { runsCommand } from './runs-command.ts';
import { calendarCommand } from './calendar-command.ts';
import { channelCommand } from './channel-command.ts';
import { secretCommand } from './secret-command.ts';
import { serviceCommand } from './service-command.ts';
import { statsCommand } from './stats-command.ts';
import { startCommand } from './start-command.ts';
import { taskCommand } from './task-command.ts';

export function createProgram(host: CliHost): Command {
  const program = new Command('carillon')
    .description('A peer-to-peer task scheduler for the machines on a LAN.')
    .version(programVersion(), '-V, --version', 'print the version')
    .helpCommand('help [command]', 'show help for a command')
    .showSuggestionAfterError()
    .addHelpText('after', '\nExit codes: 0 done, 1 failed, 2 wrong usage, 3 refused, 4 agent not reachable.');
  const commands = [
    startCommand(host),
    clusterCommand(host),
    inviteCommand(host),
    joinCommand(host),
    nearbyCommand(host),
    pairCommand(host),
    pairingCommand(host),
    machinesCommand(host),
    machineCommand(host),
    recoveryKitCommand(host),
    recoverCommand(host),
    taskCommand(host),
    calendarCommand(host),
    channelCommand(host),
    secretCommand(host),
    nextCommand(host),
    forecastCommand(host),
    runsCommand(host),
    runCommand(host),
    logsCommand(host),
    cancelCommand(host),
    auditCommand(host),
    auditLogCommand(host),
    statsCommand(host),
    importCommand(host),
    backupCommand(host),
    restoreCommand(host),
    policyCommand(host),
    consoleCommand(host),
    serviceCommand(host),
    doctorCommand(host),
  ];
  for (const command of commands) program.addCommand(command);
  return program;
}
