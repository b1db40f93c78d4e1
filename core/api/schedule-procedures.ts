/** Handlers of the group `schedule`. */
import type { z } from 'zod';
import { taskIdSchema } from '../domain/ids.ts';
import type { PeerView, PlacementView } from '../peer/peer-view.ts';
import { clockChangeAt } from '../scheduling/clock-change.ts';
import { describeSchedule } from '../scheduling/describe.ts';
import { occurrencesBetween } from '../scheduling/occurrence.ts';
import { validateSchedule } from '../scheduling/schedule-validation.ts';
import { shownZoned } from '../scheduling/time-zone.ts';
import { appError } from '../std/app-error.ts';
import { type Result, err, ok } from '../std/result.ts';
import { isoOf } from './api-values.ts';
import { under } from './field-path.ts';
import { type ApiParts, valueOf } from './implementer.ts';
import type { previewInput, previewOutput } from './preview-schemas.ts';
import { machineNames } from './references.ts';
import { definitionInput } from './task-schemas.ts';

type PreviewInput = z.output<typeof previewInput>;

export function scheduleProcedures({ os, peer, host }: ApiParts) {
  return {
    preview: os.schedule.preview.handler(({ input }) => valueOf(previewOf(peer.view, input, host.wallMs()))),
  };
}

/** @param now epoch milliseconds, for those who name no start */
function previewOf(view: PeerView, input: PreviewInput, now: number): Result<z.output<typeof previewOutput>> {
  const schedule = input.schedule ?? input.definition?.schedule;
  if (schedule === undefined) return err(appError('INVALID_INPUT', 'a schedule is missing', { field: 'schedule' }));
  const valid = validateSchedule(schedule, view.calendarBook);
  if (!valid.ok) {
    return err(under(valid.error, input.schedule === undefined ? 'definition.schedule' : 'schedule'));
  }
  const compiled = valid.value;
  const { instants } = occurrencesBetween(compiled, input.from ?? now, Infinity, input.count);
  const ownerId = ownerOf(view, input);
  const owner = ownerId === undefined ? null : { id: ownerId, name: machineNames(view)(ownerId) };
  return ok({
    text: describeSchedule(schedule),
    timeZone: schedule.timeZone,
    instants: instants.map((at) => isoOf(at)),
    occurrences: instants.map((at) => ({
      at: isoOf(at),
      local: shownZoned(at, compiled.timeZone),
      owner,
      note: clockChangeAt(compiled, at) ?? null,
    })),
  });
}

function ownerOf(view: PeerView, { definition, placement }: PreviewInput): PlacementView['owner'] {
  if (definition !== undefined) return view.placementOf(definition).owner;
  if (placement === undefined) return undefined;
  // Where a task is on the ring is said by its id, which nobody has told: any of them will do where only one machine can.
  const anyTask = {
    id: taskIdSchema.parse('preview'),
    about: { name: 'preview' },
    action: { type: 'command', argv: ['true'] },
  };
  const { preference } = view.placementOf(definitionInput.parse({ ...anyTask, placement }));
  return preference.length === 1 ? preference[0] : undefined;
}
