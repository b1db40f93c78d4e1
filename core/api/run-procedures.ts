/** Handlers of the group `runs`. */
import type { z } from 'zod';
import { LIMITS } from '../config/constants.ts';
import type { RunId } from '../domain/ids.ts';
import type { PeerHandle } from '../peer/peer-handle.ts';
import type { RunFilter } from '../ports/run-queries.ts';
import { appError } from '../std/app-error.ts';
import { toApiError } from './api-errors.ts';
import { auditOutputOf } from './audit-output.ts';
import { followOutput } from './follow-output.ts';
import { type ApiParts, valueOf } from './implementer.ts';
import { chunkOutputOf } from './output-chunk.ts';
import { findPastMachine, findRun, machineNames } from './references.ts';
import { runOutputOf } from './run-output.ts';
import type { listRunsInput } from './run-schemas.ts';
import { searchWords } from './search-words.ts';

export function runProcedures({ os, peer, host, streams }: ApiParts) {
  const idOf = async (reference: string): Promise<RunId> => valueOf(await findRun(peer, reference));
  return {
    list: os.runs.list.handler(async ({ input }) => {
      const page = await peer.runs.page(filterOf(peer, input), input.limit, input.cursor);
      const nameOf = machineNames(peer.view);
      return { runs: page.runs.map((run) => runOutputOf(run, nameOf)), nextCursor: page.nextCursor ?? null };
    }),
    get: os.runs.get.handler(async ({ input }) => {
      const id = await idOf(input.run);
      const run = await peer.runs.byId(id);
      if (run === undefined) throw toApiError(appError('RUN_NOT_FOUND', `there is no run "${id}"`));
      const others = await peer.runs.page({ occurrenceId: run.occurrenceId }, LIMITS.pageSize, undefined);
      const nameOf = machineNames(peer.view);
      const attempts = others.runs.map((other) => runOutputOf(other, nameOf)).sort((a, b) => a.attempt - b.attempt);
      return { run: runOutputOf(run, nameOf), attempts };
    }),
    cancel: os.runs.cancel.handler(async ({ input }) =>
      valueOf(await peer.execute({ kind: 'cancel-run', id: await idOf(input.run) })),
    ),
    output: os.runs.output.handler(async ({ input }) => {
      const id = await idOf(input.run);
      const chunk = valueOf(await peer.readOutput(id, input.offset, input.limit));
      return chunkOutputOf(id, chunk, input, host);
    }),
    follow: os.runs.follow.handler(async ({ input, signal }) =>
      streams.pass(
        followOutput({
          peer,
          host,
          run: await idOf(input.run),
          offset: input.offset,
          form: input,
          ...(signal === undefined ? {} : { signal }),
        }),
      ),
    ),
    audit: os.runs.audit.handler(({ input }) => auditOutputOf(peer, input, host.wallMs())),
    totals: os.runs.totals.handler(async ({ input }) => ({ totals: [...(await peer.runs.totals(input.since))] })),
  };
}

function filterOf(peer: PeerHandle, input: z.output<typeof listRunsInput>): RunFilter {
  return {
    ...(input.task === undefined ? {} : { taskId: input.task }),
    ...(input.machine === undefined ? {} : { machineId: valueOf(findPastMachine(peer.view, input.machine)) }),
    ...(input.occurrence === undefined ? {} : { occurrenceId: input.occurrence }),
    ...(input.states === undefined ? {} : { states: input.states }),
    ...(input.since === undefined ? {} : { since: input.since }),
    ...(input.until === undefined ? {} : { until: input.until }),
    ...(input.text === undefined || input.text === '' ? {} : { words: searchWords(peer.view, input.text) }),
  };
}
