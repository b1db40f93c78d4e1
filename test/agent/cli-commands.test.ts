/** The tree of commands is the one that docs/CLI.md describes, and each command helps. */
import { glob, readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import type { CliHost } from '../../agent/cli/cli-host.ts';
import { createProgram } from '../../agent/cli/program.ts';
import { useCliBed } from './cli-bed.ts';

const bed = useCliBed();

describe('the tree of commands', () => {
  test('every command has an example, --json and --data, and stands in docs/CLI.md', async () => {
    const document = await readFile(new URL('../../docs/CLI.md', import.meta.url), 'utf8');
    const described: string[] = [];
    const visit = (command: Command, path: string): void => {
      for (const child of command.commands) visit(child, `${path} ${child.name()}`);
      if (command.commands.length > 0) return;
      const flags = command.options.map((option) => option.long);
      expect(flags, path).toEqual(expect.arrayContaining(['--json', '--data']));
      expect(helpOf(command), path).toContain('Example:');
      const usage = [
        path,
        ...command.registeredArguments.map((operand) =>
          operandText(operand.name(), operand.variadic, operand.required),
        ),
      ].join(' ');
      expect(document).toContain(`\n### \`${usage}\`\n`);
      const section = document.split(`\n### \`${usage}\`\n`)[1]?.split('\n### ')[0] ?? '';
      for (const option of command.options) {
        if (option.long !== '--json' && option.long !== '--data')
          expect(section, usage).toContain(`\`${option.flags}\``);
      }
      described.push(usage);
    };
    for (const command of createProgram(silentHost()).commands) visit(command, `carillon ${command.name()}`);
    expect([...document.matchAll(/^### `(.+)`$/gm)].map(([, usage]) => usage).sort()).toEqual(described.sort());
  });

  test('no page, no advice and no message names a command that does not exist', async () => {
    const places = [
      'README.md',
      'CONTRIBUTING.md',
      'docs/**/*.md',
      '{core,agent,electron,renderer/src}/**/*.{ts,svelte}',
    ];
    const program = createProgram(silentHost());
    const unknown: string[] = [];
    for await (const path of glob(places, { cwd: ROOT })) {
      const text = await readFile(new URL(path, ROOT), 'utf8');
      for (const [, words = ''] of text.matchAll(/`(?:sudo )?carillon ([a-z][a-z -]*)/g)) {
        if (!isCommand(program, words.split(' '))) unknown.push(`${path}: carillon ${words}`);
      }
    }
    expect(unknown).toEqual([]);
  });

  test('version and help are exit 0', async () => {
    expect(await bed.carillon(['--version'])).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    });
    expect(await bed.carillon(['help'])).toMatchObject({ code: 0, out: expect.stringContaining('cluster') });
    expect(await bed.carillon(['task', 'apply', '--help'])).toMatchObject({
      code: 0,
      out: expect.stringContaining('Example:'),
    });
  });
});

const ROOT = new URL('../../', import.meta.url);

/** Do the words lead down the tree, to a command that takes what follows them? */
function isCommand(parent: Command, [word = '', ...rest]: readonly string[]): boolean {
  if (parent.commands.length === 0 || word === '' || word.startsWith('-')) return true;
  const child = parent.commands.find((each) => each.name() === word);
  return child === undefined ? word === 'help' : isCommand(child, rest);
}

function operandText(name: string, variadic: boolean, required: boolean): string {
  const inner = variadic ? `${name}...` : name;
  return required ? `<${inner}>` : `[${inner}]`;
}

function helpOf(command: Command): string {
  let text = '';
  command.configureOutput({ writeOut: (part) => (text += part) });
  command.outputHelp();
  return text;
}

function silentHost(): CliHost {
  return {
    writeOut: async () => undefined,
    writeError: () => undefined,
    environment: {},
    terminal: false,
    columns: 0,
    platform: 'linux',
    homeFolder: '/home/someone',
    input: (async function* () {})(),
    now: () => 0,
    setExitCode: () => undefined,
  };
}
