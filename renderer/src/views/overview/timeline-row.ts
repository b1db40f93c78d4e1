/** One line of the timeline: a machine, what ran there, and what is planned there. */
import type { MachineOutput } from '../../../../core/api/machine-schemas.ts';
import type { RunRecordOutput } from '../../../../core/api/run-schemas.ts';
import type { Occurrence } from '../../state/timeline.ts';

export interface TimelineRow {
  readonly machine: MachineOutput;
  readonly runs: readonly RunRecordOutput[];
  readonly planned: readonly Occurrence[];
}
