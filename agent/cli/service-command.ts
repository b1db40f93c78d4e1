/** `carillon service install|remove|status`: the agent as a service, started by the system. */
import type { Command } from 'commander';
import type { ServicePlan } from '../service/service-plan.ts';
import type { CliHost } from './cli-host.ts';
import { EXIT_CODES, type Session, handle, newCommand, newGroup, valueOrThrow } from './command.ts';

interface Options {
  readonly system?: true;
  readonly print?: true;
}

export function serviceCommand(host: CliHost): Command {
  return newGroup('service', 'Let the system start the agent of this machine')
    .addCommand(installCommand(host))
    .addCommand(removeCommand(host))
    .addCommand(statusCommand(host));
}

function installCommand(host: CliHost): Command {
  const command = withScope(
    newCommand(
      'install',
      'Start the agent now, and whenever you log in or the machine starts',
      'carillon service install\nsudo carillon service install --system --data /var/lib/carillon',
    ),
  ).option('--print', 'show the file and the commands, and change nothing');
  return handle<Options>(command, host, async (session, options) => {
    const plan = await planOf(session, options);
    const commands = plan.install.map(({ argv }) => argv.join(' '));
    if (options.print === true) {
      const text = [`# ${plan.filePath}`, plan.fileText, ...commands.map((line) => `# ${line}`)].join('\n');
      return { value: { file: plan.filePath, text: plan.fileText, commands, installed: false }, text };
    }
    const { installService } = await import('../service/service-system.ts');
    await installService(plan);
    const text = `The agent is a service of ${plan.manager} now (${plan.filePath}).\n${plan.hint}`;
    return { value: { file: plan.filePath, text: plan.fileText, commands, installed: true }, text };
  });
}

function removeCommand(host: CliHost): Command {
  const command = withScope(
    newCommand('remove', 'End the service and forget it; data stays', 'carillon service remove'),
  );
  return handle<Options>(command, host, async (session, options) => {
    const plan = await planOf(session, options);
    const { removeService } = await import('../service/service-system.ts');
    const removed = await removeService(plan);
    const text = removed
      ? `The service is gone; its data stays in ${session.dataFolder}.`
      : `There was no service (${plan.filePath}).`;
    return { value: { file: plan.filePath, removed }, text };
  });
}

function statusCommand(host: CliHost): Command {
  const command = withScope(
    newCommand('status', 'Tell whether the service is there, and whether it runs', 'carillon service status'),
  );
  return handle<Options>(command, host, async (session, options) => {
    const plan = await planOf(session, options);
    const { statusOfService } = await import('../service/service-system.ts');
    const status = await statusOfService(plan);
    const text = !status.installed
      ? `There is no service (${plan.filePath}): \`carillon service install\` makes one.`
      : `The service ${status.active ? 'runs' : 'does not run'} (${plan.filePath}).\n${plan.hint}`;
    return {
      value: { file: plan.filePath, ...status },
      text,
      ...(status.active ? {} : { exitCode: EXIT_CODES.failed }),
    };
  });
}

function withScope(command: Command): Command {
  return command.option('--system', 'for the whole machine, from its start on (as root)');
}

async function planOf({ host, dataFolder }: Session, { system }: Options): Promise<ServicePlan> {
  const [{ planService }, { userInfo }, { fileURLToPath }] = await Promise.all([
    import('../service/service-plan.ts'),
    import('node:os'),
    import('node:url'),
  ]);
  const { username, uid } = userInfo();
  return valueOrThrow(
    planService(
      {
        platform: host.platform,
        homeFolder: host.homeFolder,
        environment: host.environment,
        nodePath: process.execPath,
        entryPath: fileURLToPath(new URL('../bin/carillon.mjs', import.meta.url)),
        dataFolder,
        userId: uid < 0 ? undefined : uid,
        userName: username,
      },
      system === true,
    ),
  );
}
