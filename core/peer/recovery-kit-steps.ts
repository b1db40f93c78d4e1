/**
 * The recovery kit: the root key of the cluster, kept on the machine that created it until a person has it on paper; and
 * what it is for: a member that is shown the words certifies itself as an admin, whoever else is lost.
 */
import { LIMITS } from '../config/constants.ts';
import { clusterIdOf } from '../domain/ids.ts';
import { ROLES } from '../domain/machine.ts';
import { certificateText } from '../security/authorization.ts';
import { fromBase64Url, toBase64Url } from '../security/base64url.ts';
import { recoveryWordsOf, ROOT_SEED_BYTES, rootSeedOf } from '../security/root-key.ts';
import { ok } from '../std/result.ts';
import { noteAudit } from './audit-steps.ts';
import type { CommandOf } from './commands.ts';
import { editDocument } from './document-steps.ts';
import { failWith, refuse } from './join-steps.ts';
import { META } from './meta.ts';
import { emit, type Turn } from './state.ts';

/** Written with the change that founds the cluster. @param seed base64url; undefined forgets it. */
export function keepRootSeed(turn: Turn, seed: string | undefined): void {
  turn.state.admission.rootSeed = seed;
  emit(turn, { type: 'write', write: { kind: 'meta', key: META.rootSeed, value: seed } });
}

export function showRecoveryKit(turn: Turn, requestId: string, { forget }: CommandOf<'recovery-kit'>): void {
  const { rootSeed } = turn.state.admission;
  const seed = rootSeed === undefined ? undefined : fromBase64Url(rootSeed);
  if (seed?.length !== ROOT_SEED_BYTES) {
    const message = 'this machine does not have the root key of the cluster, or was told to forget it';
    return refuse(turn, requestId, 'RECOVERY_KIT_GONE', message);
  }
  if (forget) keepRootSeed(turn, undefined);
  emit(turn, { type: 'reply', requestId, outcome: ok({ words: forget ? [] : recoveryWordsOf(seed) }) });
}

/** This machine's own entry, as an admin's, with a certificate that the root key of the words gives. */
export function recover(turn: Turn, requestId: string, { words }: CommandOf<'recover'>): void {
  const { state } = turn;
  const { cluster, self } = state;
  const entry = state.roster.get(self);
  if (cluster === undefined || entry === undefined) {
    return refuse(turn, requestId, 'NO_CLUSTER', 'this machine is no member of a cluster');
  }
  const seed = rootSeedOf(words.slice(0, LIMITS.recoveryTextLength));
  if (!seed.ok) return emit(turn, { type: 'reply', requestId, outcome: seed });
  const root = turn.createSigner(seed.value);
  if (root.self !== cluster.root || clusterIdOf(root.self) !== cluster.id) {
    const message = `these are the words of another cluster than "${cluster.name}"`;
    return refuse(turn, requestId, 'RECOVERY_WORDS_INVALID', message);
  }
  const roles = ROLES.filter((role) => role === 'admin' || entry.roles.includes(role));
  const certificate = toBase64Url(root.sign(certificateText(cluster.id, self)));
  editDocument(turn, requestId, [{ kind: 'patch-machine', id: self, patch: { roles, certificate } }], {
    finish: (later) => {
      noteAudit(later, 'recovered', { by: self, subject: entry.name, detail: 'the recovery kit made it an admin' });
      emit(later, { type: 'reply', requestId, outcome: ok({ id: self }) });
    },
    fail: failWith(requestId),
  });
}
