/** Output of runs on its way: to a file or another program exact bytes, to a terminal what does no harm there. */
import type { ApiClient } from '../../core/api/contract.ts';
import type { OutputChunkOutput } from '../../core/api/run-schemas.ts';
import type { Session } from './command.ts';
import { TerminalOutput } from './terminal-text.ts';

/** Writes a stream of chunks in base64 to standard output. @returns whether the last chunk said that it is the end. */
export async function copyOutput(session: Session, chunks: AsyncIterable<OutputChunkOutput>): Promise<boolean> {
  const { host, json } = session;
  const terminal = host.terminal && !json ? new TerminalOutput() : undefined;
  let complete = false;
  for await (const chunk of chunks) {
    complete = chunk.complete;
    if (json) {
      await host.writeOut(`${JSON.stringify(chunk)}\n`);
      continue;
    }
    const bytes = Buffer.from(chunk.data, 'base64');
    await host.writeOut(terminal === undefined ? bytes : terminal.push(bytes));
  }
  if (terminal !== undefined) await host.writeOut(terminal.end());
  return complete;
}

/** All output that is held now, piece by piece. */
export async function* readOutput(
  client: ApiClient,
  wanted: Pick<Parameters<ApiClient['runs']['output']>[0], 'run' | 'encoding' | 'stream'>,
): AsyncGenerator<OutputChunkOutput> {
  let offset = 0;
  for (;;) {
    const chunk = await client.runs.output({ ...wanted, offset });
    yield chunk;
    if (chunk.complete || chunk.nextOffset === offset || chunk.nextOffset >= chunk.size) return;
    offset = chunk.nextOffset;
  }
}
