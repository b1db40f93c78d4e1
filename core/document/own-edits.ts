/**
 * Edits of this machine are judged before they are made, by the same rules by which all others will judge them, and refused
 * with the role that is lacking and who has it.
 */
import type { MachineId } from '../domain/ids.ts';
import type { Role } from '../domain/machine.ts';
import type { Requirement } from '../security/authorization.ts';
import { type AppError, appError } from '../std/app-error.ts';
import type { Governance } from './governance.ts';
import type { OpenedDocument } from './opened-document.ts';
import type { Write } from './replica.ts';

/** Machines that are named as having a role. */
const NAMED = 5;

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
      lacking === undefined ? `This was not done: ${reason}.` : lackText(authority.present(), self, lacking);
    return appError('NOT_AUTHORIZED', message);
  }
  return undefined;
}

function lackText(present: Governance, self: MachineId, { to, anyOf }: Requirement): string {
  const own = present.entryOf(self);
  const is =
    own === undefined ? 'is not in the roster' : own.removed ? 'was removed' : `has ${namesOf(own.roles, 'and')}`;
  const has = present.entries().filter(({ id, removed }) => !removed && mayBe(anyOf, present.rolesOf(id)));
  const names = has.map(({ name }) => `"${name}"`).sort();
  const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : '';
  const who = names.length === 0 ? 'No machine has it at present' : `Ask on ${names.slice(0, NAMED).join(', ')}${more}`;
  return `This machine ${is}; to ${to} it needs ${namesOf(anyOf, 'or')}. ${who}.`;
}

function mayBe(anyOf: readonly Role[], roles: readonly Role[]): boolean {
  return anyOf.some((role) => roles.includes(role));
}

function namesOf(roles: readonly Role[], word: 'and' | 'or'): string {
  return `the role${roles.length > 1 ? 's' : ''} ${roles.join(` ${word} `)}`;
}
