/**
 * What is done with secrets outside of the steps, because ciphers take a while: sealing, and opening right before a run
 * starts. Values are in the clear here, in memory, and no longer than it takes.
 */
import { utf8ToBytes } from '@noble/hashes/utils.js';
import { LIMITS } from '../config/constants.ts';
import type { SecretAge } from '../document/document-protocol.ts';
import type { ClusterId, MachineId } from '../domain/ids.ts';
import type { ProcessEvent, LaunchSpec } from '../ports/process-runner.ts';
import type { Sealer } from '../ports/sealer.ts';
import {
  type Recipient,
  type SealedSecret,
  type SecretValue,
  openSecret,
  sealSecret,
  shareSecret,
} from '../security/secrets.ts';
import { type AppError, appError } from '../std/app-error.ts';
import { type Result, err, ok } from '../std/result.ts';

/** What is to be sealed, and whom to. */
export interface SealingJob {
  readonly requestId: string;
  readonly clusterId: ClusterId;
  readonly name: string;
  /** The state that this follows. */
  readonly after: SecretAge;
  readonly recipients: readonly Recipient[];
  readonly what:
    /** A new value. */
    | { readonly kind: 'value'; readonly value: string; readonly about: SecretValue['about'] }
    /** The same value under a new key, because somebody who has the old one may not read it any more. */
    | { readonly kind: 'renew'; readonly sealed: SealedSecret; readonly about: SecretValue['about'] }
    /** The same, for more machines. */
    | { readonly kind: 'share'; readonly sealed: SealedSecret };
}

/** Secrets that a run needs, by their names. */
export interface SecretsOfRun {
  readonly clusterId: ClusterId;
  readonly self: MachineId;
  readonly sealed: Readonly<Record<string, SealedSecret>>;
}

/** Carries out a job. SECRET_UNREADABLE when this machine cannot open what is to be sealed anew. */
export async function seal(sealer: Sealer, self: MachineId, job: SealingJob): Promise<Result<SealedSecret, AppError>> {
  const { clusterId, name, what, recipients } = job;
  const unreadable = err(appError('SECRET_UNREADABLE', `this machine cannot open the secret "${name}"`));
  if (what.kind === 'share') {
    const shared = await shareSecret(sealer, self, { clusterId, name, sealed: what.sealed }, recipients);
    return shared === undefined ? unreadable : ok(shared);
  }
  const value =
    what.kind === 'value'
      ? utf8ToBytes(what.value)
      : await openSecret(sealer, self, { clusterId, name, sealed: what.sealed });
  if (value === undefined) return unreadable;
  try {
    return ok(await sealSecret(sealer, { clusterId, name, value, about: what.about }, recipients));
  } finally {
    value.fill(0);
  }
}

/** Opens the secrets of a run: what to launch, or the event that says why it cannot be started. */
export async function openForRun(
  sealer: Sealer,
  spec: LaunchSpec,
  { clusterId, self, sealed }: SecretsOfRun,
): Promise<Result<LaunchSpec, ProcessEvent>> {
  const secrets: Record<string, Uint8Array> = {};
  const refuse = (code: 'SECRET_UNREADABLE' | 'LIMIT_EXCEEDED', text: string): Result<never, ProcessEvent> =>
    err({ type: 'not-started', runId: spec.runId, code, text });
  let bytes = 0;
  for (const [name, secret] of Object.entries(sealed)) {
    const value = await openSecret(sealer, self, { clusterId, name, sealed: secret });
    if (value === undefined) return refuse('SECRET_UNREADABLE', `this machine cannot open the secret "${name}"`);
    bytes += value.length;
    secrets[name] = value;
  }
  if (bytes > LIMITS.runSecretBytes) {
    return refuse('LIMIT_EXCEEDED', `its secrets are larger than ${LIMITS.runSecretBytes} bytes together`);
  }
  return ok({ ...spec, secrets });
}
