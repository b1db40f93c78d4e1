/** The part of the API's table (`contract.ts`) that is about runs. */
import { eventIterator } from '@orpc/contract';
import * as audits from './audit-schemas.ts';
import { route } from './route.ts';
import * as runs from './run-schemas.ts';

export const runsTable = {
  list: route('runs', 'GET', '/runs', 'List runs, newest first').input(runs.listRunsInput).output(runs.listRunsOutput),
  get: route('runs', 'GET', '/runs/{run}', 'Show a run and the other attempts')
    .input(runs.runInput)
    .output(runs.runDetailOutput),
  cancel: route('runs', 'POST', '/runs/{run}/cancel', 'Cancel a run, wherever it runs')
    .input(runs.runInput)
    .output(runs.runIdOutput),
  output: route('runs', 'GET', '/runs/{run}/output', 'Read output of a run, from whichever machine holds it')
    .input(runs.readOutputInput)
    .output(runs.outputChunkOutput),
  follow: route('runs', 'GET', '/runs/{run}/follow', 'Stream output of a run until it is complete')
    .input(runs.followOutputInput)
    .output(eventIterator(runs.outputChunkOutput)),
  audit: route('runs', 'GET', '/audit', 'Match what was due to what ran: missed, late, doubled, with the reason')
    .input(audits.auditInput)
    .output(audits.auditOutput),
  totals: route('runs', 'GET', '/totals/runs', 'Count runs by task and state since an instant')
    .input(runs.totalsInput)
    .output(runs.totalsOutput),
};
