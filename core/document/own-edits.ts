/**
 * Edits of this machine are judged before they are made, by the same rules by which all others will judge them, and refused
 * with the role that is lacking and who has it.
 */
import type { MachineId } from '../domain/ids.ts';
import { lackText } from '../security/permissions.ts';
import { type AppError, appError } from '../std/app-error.ts';
import type { OpenedDocument } from './opened-document.ts';
import type { Write } from './replica.ts';

/** Why this machine may not make some changes; undefined when it may. @param changes the writes of each. */
export function refusalOf(
  { authority, ledger, replica }: OpenedDocument,
  self: MachineId,
  changes: readonly (readonly Write[])[],
): AppError | undefined {
  for (const [index, writes] of changes.entries()) {
    const sequence = ledger.sequenceOf(replica.actor) + index + 1;
    const judged = authority.judgeOwn(writes, self, replica.actor, sequence);
    if (judged.ok) continue;
    const { lacking, reason } = judged.error;
    const message =
      lacking === undefined ? `This was not done: ${reason}.` : lackText(authority.present().entries(), self, lacking);
    return appError('NOT_AUTHORIZED', message);
  }
  return undefined;
}
