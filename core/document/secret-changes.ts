/**
 * Secrets in the document: reading one, and edits of them. A secret is one value. Where two were written apart, the newer
 * value of the secret counts, not the later write: sealing a value anew for another machine must not undo what a person
 * has set meanwhile, nor bring back what was deleted.
 */
import { LIMITS } from '../config/constants.ts';
import {
  type DeletedSecret,
  type SealedSecret,
  bySecretAge,
  deletedSecretSchema,
  sealedSecretSchema,
} from '../security/secrets.ts';
import { appError } from '../std/app-error.ts';
import { type Result, err } from '../std/result.ts';
import { readCandidates } from './conflicts.ts';
import type { DocumentEdit } from './document-protocol.ts';
import type { Draft } from './draft.ts';
import { decodeEnvelope } from './envelope.ts';
import type { Candidate } from './replica.ts';
import { type Place, secretPlace } from './schema.ts';

type EditOf<Kind extends DocumentEdit['kind']> = Extract<DocumentEdit, { kind: Kind }>;

/** What reading a secret needs of the document. */
export interface SecretSource {
  read(place: Place): string | undefined;
  candidatesOf(place: Place): Candidate[];
}

/** Secrets that there are, and names that are remembered. */
export interface SecretCounts {
  readonly live: number;
  readonly names: number;
}

/** The state of a secret that counts; undefined when there is none that can be read. */
export function readSecret(source: SecretSource, name: string): SealedSecret | DeletedSecret | undefined {
  const place = secretPlace(name);
  const text = source.read(place);
  const envelope = text === undefined ? undefined : decodeEnvelope(text);
  const inForce = envelope?.ok === true ? [envelope.value.value] : [];
  return newestOf([...inForce, ...readCandidates(source.candidatesOf(place)).map(({ envelope }) => envelope.value)]);
}

/** Puts a secret that was sealed for the state that it follows. */
export function putSecret(draft: Draft, edit: EditOf<'put-secret'>, counts: SecretCounts): Result<undefined> {
  const { name, secret, after } = edit;
  const before = stateIn(draft, name);
  if ((before?.generation ?? 0) !== after.generation || (before?.version ?? 0) !== after.version) {
    const advice = 'Read the secret again and repeat the change.';
    return err(appError('DOCUMENT_CONFLICT', `The secret "${name}" was changed meanwhile.`, { advice }));
  }
  const comes = before === undefined || 'deleted' in before;
  if (comes && counts.live >= LIMITS.secretsPerCluster) {
    const message = `There are ${LIMITS.secretsPerCluster} secrets already; "${name}" is one too many.`;
    return err(appError('LIMIT_EXCEEDED', message));
  }
  if (before === undefined && counts.names >= LIMITS.secretNames) {
    return err(appError('LIMIT_EXCEEDED', `There have been ${LIMITS.secretNames} names of secrets; use one of these.`));
  }
  return draft.put(secretPlace(name), secret, `secret "${name}"`, { always: true });
}

/** Deletes a secret; that it was there is remembered. */
export function deleteSecret(draft: Draft, { name }: EditOf<'delete-secret'>): Result<undefined> {
  const before = stateIn(draft, name);
  if (before === undefined || 'deleted' in before) {
    return err(appError('SECRET_NOT_FOUND', `There is no secret "${name}".`));
  }
  const value: DeletedSecret = { deleted: true, generation: before.generation + 1, version: before.version + 1 };
  return draft.put(secretPlace(name), value, `secret "${name}"`, { always: true });
}

function stateIn(draft: Draft, name: string): SealedSecret | DeletedSecret | undefined {
  const place = secretPlace(name);
  const values = readCandidates(draft.candidatesOf(place)).map(({ envelope }) => envelope.value);
  return newestOf([draft.read(place)?.value, ...values]);
}

/** @param values the one in force first: it counts among equals. */
function newestOf(values: readonly unknown[]): SealedSecret | DeletedSecret | undefined {
  const states: (SealedSecret | DeletedSecret)[] = [];
  for (const value of values) {
    const deleted = deletedSecretSchema.safeParse(value);
    const sealed = deleted.success ? deleted : sealedSecretSchema.safeParse(value);
    if (sealed.success) states.push(sealed.data);
  }
  return states.sort(bySecretAge)[0];
}
