/** `carillon logs RUN`: the output of a run, or of one of its two streams, byte for byte, from whichever machine holds it. */
import { type Command, Option } from 'commander';
import type { CliHost } from './cli-host.ts';
import { handle, newCommand } from './command.ts';
import { copyOutput, readOutput } from './run-stream.ts';

/** With `--json`, output beyond this is left out and told. */
const MOST_JSON_BYTES = 16 * 1024 * 1024;

interface LogsOptions {
  readonly follow?: true;
  readonly stdout?: true;
  readonly stderr?: true;
}

export function logsCommand(host: CliHost): Command {
  const command = newCommand('logs <run>', 'Print the output of a run', 'carillon logs k3v5qzra --follow')
    .option('--follow', 'go on until the run has ended (with --json: one object a line)')
    .addOption(new Option('--stdout', 'only what it wrote to standard output').conflicts('stderr'))
    .option('--stderr', 'only what it wrote to standard error');
  return handle<LogsOptions>(command, host, async (session, options, run = '') => {
    const stream = options.stdout === true ? 'stdout' : options.stderr === true ? 'stderr' : undefined;
    const client = await session.connect();
    const encoding = session.json ? 'text' : 'base64';
    if (options.follow === true) {
      await copyOutput(session, await client.runs.follow({ run, encoding, stream }));
      return undefined;
    }
    if (!session.json) {
      await copyOutput(session, readOutput(client, { run, encoding, stream }));
      return undefined;
    }
    let runId = run;
    let output = '';
    let sizeBytes = 0;
    let complete = false;
    for await (const chunk of readOutput(client, { run, encoding, stream })) {
      ({ runId, size: sizeBytes, complete } = chunk);
      output += chunk.data;
      if (chunk.nextOffset >= MOST_JSON_BYTES) break;
    }
    return { value: { runId, output, sizeBytes, complete }, text: '' };
  });
}
