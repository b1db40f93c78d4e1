/** Output of runs on its way to the terminal or a file: exact bytes, as they come. */
import type { ApiClient } from '../../core/api/contract.ts';
import type { OutputChunkOutput } from '../../core/api/run-schemas.ts';
import type { Session } from './command.ts';

/** Writes a stream of chunks in base64 to standard output. @returns whether the last chunk said that it is the end. */
export async function copyOutput(session: Session, chunks: AsyncIterable<OutputChunkOutput>): Promise<boolean> {
  let complete = false;
  for await (const chunk of chunks) {
    complete = chunk.complete;
    if (session.json) await session.host.writeOut(`${JSON.stringify(chunk)}\n`);
    else await session.host.writeOut(Buffer.from(chunk.data, 'base64'));
  }
  return complete;
}

/** All output that is held now, piece by piece. */
export async function* readOutput(
  client: ApiClient,
  run: string,
  encoding: OutputChunkOutput['encoding'],
): AsyncGenerator<OutputChunkOutput> {
  let offset = 0;
  for (;;) {
    const chunk = await client.runs.output({ run, offset, encoding });
    yield chunk;
    if (chunk.complete || chunk.nextOffset === offset || chunk.nextOffset >= chunk.size) return;
    offset = chunk.nextOffset;
  }
}
