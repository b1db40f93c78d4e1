/** `carillon recover`: makes this machine an admin by the words of the recovery kit, which are neither arguments nor shown. */
import type { Command } from 'commander';
import { LIMITS } from '../../core/config/constants.ts';
import type { CliHost } from './cli-host.ts';
import { handle, newCommand } from './command.ts';
import { readWords } from './read-input.ts';

const WORDS = 24;

export function recoverCommand(host: CliHost): Command {
  const command = newCommand(
    'recover',
    'Make this machine an admin by the words of the recovery kit',
    'carillon recover\ncarillon recover < words.txt',
  );
  return handle(command, host, async (session) => {
    const client = await session.connect();
    const prompt = `The ${WORDS} words of the recovery kit, in their order, on one line or several (not shown):\n`;
    const words = await readWords(host, prompt, WORDS, LIMITS.recoveryTextLength);
    const value = await client.recovery.recover({ words });
    return { value, text: 'This machine is an admin of the cluster now.' };
  });
}
