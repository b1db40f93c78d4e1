/** `carillon doctor`: checks what commonly goes wrong, and says what to do about it. Exit 1 when something is wrong. */
import type { Command } from 'commander';
import type { CliHost } from './cli-host.ts';
import { handle, newCommand } from './command.ts';

export function doctorCommand(host: CliHost): Command {
  const command = newCommand('doctor', 'Check everything that commonly goes wrong', 'carillon doctor');
  return handle(command, host, async (session) => {
    const value = await (await session.connect()).health.doctor({});
    const { paint } = session;
    const lines = value.checks.map(({ name, ok, detail, advice }) => {
      const mark = ok ? paint.green('ok  ') : paint.red('FAIL');
      return `${mark} ${name}: ${detail}${advice === '' ? '' : `\n     ${advice}`}`;
    });
    return { value, text: lines.join('\n'), exitCode: value.ok ? 0 : 1 };
  });
}
