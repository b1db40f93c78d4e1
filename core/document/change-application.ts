/** Applies changes that were found good. What Automerge refuses all the same is undone, and left out. */
import type { AcceptedChange, Intake } from './change-intake.ts';
import type { SealedChange } from './document-protocol.ts';
import { type OpenedDocument, noteChange } from './opened-document.ts';
import { type TouchedPlace, placeName } from './replica.ts';
import { mapOfObject } from './schema.ts';

/** What came of the changes of one message. */
export interface Applied {
  readonly changes: SealedChange[];
  readonly touched: TouchedPlace[];
  readonly rejected: Intake['rejected'];
}

/** Applies accepted changes at once; when that fails, one by one, so that the one at fault is found and left out. */
export function applyAccepted(opened: OpenedDocument, intake: Intake): Applied {
  const { accepted } = intake;
  const rejected = [...intake.rejected];
  if (accepted.length === 0) return { changes: [], touched: [], rejected };
  try {
    const touched = opened.replica.attempt(() => opened.replica.apply(accepted.map(({ sealed }) => sealed.bytes)));
    for (const { decoded, sealed } of accepted) noteChange(opened, decoded, sealed.author);
    const changes = accepted.map(({ sealed }) => sealed);
    return { changes, touched: withUntold(touched, accepted), rejected };
  } catch {
    return applyOneByOne(opened, accepted, rejected);
  }
}

function applyOneByOne(
  opened: OpenedDocument,
  accepted: readonly AcceptedChange[],
  rejected: Applied['rejected'][number][],
): Applied {
  const changes: SealedChange[] = [];
  const touched: TouchedPlace[] = [];
  for (const { sealed, decoded } of accepted) {
    const ready =
      decoded.seq === opened.ledger.sequenceOf(decoded.actor) + 1 &&
      decoded.deps.every((dep) => opened.replica.holds(dep));
    if (!ready) continue;
    try {
      const places = opened.replica.attempt(() => opened.replica.apply([sealed.bytes]));
      for (const place of places) touched.push(place);
      noteChange(opened, decoded, sealed.author);
      changes.push(sealed);
    } catch (error) {
      rejected.push({
        change: sealed,
        reason: `It cannot be applied (${error instanceof Error ? error.message : String(error)}).`,
      });
    }
  }
  return { changes, touched: withUntold(touched, accepted), rejected };
}

/**
 * Automerge does not tell of a value that is not in force at a place that held concurrent values before. Such places are
 * added: there is one more value to choose from.
 */
function withUntold(touched: readonly TouchedPlace[], accepted: readonly AcceptedChange[]): TouchedPlace[] {
  const all = [...touched];
  const told = new Set(touched.map(placeName));
  for (const { decoded } of accepted) {
    for (const { obj, key } of decoded.ops) {
      const place = { map: mapOfObject(obj) ?? '', key };
      if (told.has(placeName(place))) continue;
      told.add(placeName(place));
      all.push({ ...place, conflicted: true });
    }
  }
  return all;
}
