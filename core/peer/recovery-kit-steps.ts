/**
 * The recovery kit: the root key of the cluster, kept on the machine that created it until a person has it on paper; and
 * what it is for: a member that is shown the words certifies itself as an admin, whoever else is lost.
 */
import { LIMITS } from '../config/constants.ts';
import type { DocumentEdit } from '../document/document-protocol.ts';
import { clusterIdOf } from '../domain/ids.ts';
import { ROLES } from '../domain/machine.ts';
import { fromBase64Url } from '../security/base64url.ts';
import { recoveryWordsOf, ROOT_SEED_BYTES, rootSeedOf } from '../security/root-key.ts';
import { ok } from '../std/result.ts';
import { noteAudit } from './audit-steps.ts';
import type { CommandOf } from './commands.ts';
import { editDocument } from './document-steps.ts';
import { certifiedEntry, failWith, refuse } from './join-steps.ts';
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

/**
 * This machine's own entry, as an admin's, with a certificate that the root key of the words gives. A machine that holds
 * the document but is not in the roster (it began from a backup, and nobody is left to let it in) gets one.
 */
export function recover(turn: Turn, requestId: string, { words }: CommandOf<'recover'>): void {
  const { state } = turn;
  const { cluster, self } = state;
  if (cluster === undefined) return refuse(turn, requestId, 'NO_CLUSTER', 'this machine is no member of a cluster');
  const entry = state.roster.get(self);
  if (entry?.removed === true) {
    const message = 'this machine was removed from the cluster; the words do not let it in again';
    return refuse(turn, requestId, 'MACHINE_REMOVED', message);
  }
  const seed = rootSeedOf(words.slice(0, LIMITS.recoveryTextLength));
  if (!seed.ok) {
    noteWrongWords(turn, 'words were shown that are none of a recovery kit');
    return emit(turn, { type: 'reply', requestId, outcome: seed });
  }
  const root = turn.createSigner(seed.value);
  if (root.self !== cluster.root || clusterIdOf(root.self) !== cluster.id) {
    const message = `these are the words of another cluster than "${cluster.name}"`;
    noteWrongWords(turn, 'the words of another cluster were shown');
    return refuse(turn, requestId, 'RECOVERY_WORDS_INVALID', message);
  }
  const certified = certifiedEntry(turn, cluster.id, root);
  const { certificate } = certified;
  const roles = ROLES.filter((role) => role === 'admin' || entry?.roles.includes(role) === true);
  const edit: DocumentEdit =
    entry === undefined
      ? { kind: 'put-machine', entry: certified }
      : { kind: 'patch-machine', id: self, patch: { roles, certificate } };
  editDocument(turn, requestId, [edit], {
    finish: (later) => {
      const subject = entry?.name ?? certified.name;
      noteAudit(later, 'recovered', { by: self, subject, detail: 'the recovery kit made it an admin' });
      emit(later, { type: 'reply', requestId, outcome: ok({ id: self }) });
    },
    fail: failWith(requestId),
  });
}

function noteWrongWords(turn: Turn, detail: string): void {
  noteAudit(turn, 'api-refused', { by: turn.state.self, subject: 'recover', detail });
}
