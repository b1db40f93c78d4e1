/** `carillon recovery-kit`: the root key as words to print, on the machine that created the cluster. */
import type { Command } from 'commander';
import type { CliHost } from './cli-host.ts';
import { handle, newCommand } from './command.ts';

const COLUMNS = 4;
const WIDTH = 14;

export function recoveryKitCommand(host: CliHost): Command {
  const command = newCommand(
    'recovery-kit',
    'Show the root key of the cluster as words to print',
    'carillon recovery-kit\ncarillon recovery-kit --forget',
  ).option('--forget', 'delete the root key from this machine');
  return handle<{ forget?: true }>(command, host, async (session, { forget }) => {
    const client = await session.connect();
    if (forget === true) {
      const value = await client.recovery.forget({});
      return { value, text: 'The root key is deleted from this machine. Only the printed words are left.' };
    }
    const value = await client.recovery.kit({});
    const warning = [
      session.paint.yellow('Whoever has these words can make any member of the cluster an admin.'),
      'Print them or write them down, and keep the paper where no thief of a machine finds it. Then delete the key here:',
      '  carillon recovery-kit --forget',
    ];
    return { value, text: [tableOf(value.words), '', ...warning].join('\n') };
  });
}

/** Numbered, read line by line. */
function tableOf(words: readonly string[]): string {
  const cells = words.map((word, index) => `${String(index + 1).padStart(2)} ${word}`);
  const lines: string[] = [];
  for (let start = 0; start < cells.length; start += COLUMNS) {
    const line = cells.slice(start, start + COLUMNS).map((cell) => cell.padEnd(WIDTH));
    lines.push(line.join('').trimEnd());
  }
  return lines.join('\n');
}
