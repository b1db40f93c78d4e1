/** Secrets as they are shown: who can open them, and who may know them though it should not. Never what they hold. */
import type { MachineId } from '../domain/ids.ts';
import { type SealedSecret, mismatchOf } from '../security/secrets.ts';
import type { SecretView, WarningView } from './peer-view.ts';
import type { PeerState } from './state.ts';

/** Names of secrets that one warning tells. */
const NAMED = 5;

export function secretViews(state: PeerState): SecretView[] {
  const views: SecretView[] = [];
  for (const [name, secret] of state.secrets) {
    if ('deleted' in secret) continue;
    const { missing } = mismatchOf(secret, state.roster.values());
    views.push({
      name,
      secret,
      machines: (Object.keys(secret.sealed) as MachineId[]).sort(),
      missing: missing.map(({ id }) => id),
      exposedTo: exposedTo(state, secret),
    });
  }
  return views.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** A machine that was removed could read these, and nobody can take back what it has read. */
export function exposureWarnings(state: PeerState): WarningView[] {
  const byMachine = new Map<MachineId, string[]>();
  for (const [name, secret] of state.secrets) {
    if ('deleted' in secret) continue;
    for (const id of exposedTo(state, secret)) byMachine.set(id, [...(byMachine.get(id) ?? []), name]);
  }
  return [...byMachine].map(([id, names]) => {
    const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : '';
    const machine = state.roster.get(id)?.name ?? id;
    return {
      code: 'SECRET_EXPOSED',
      text: `${machine}, which was removed, could read ${names.sort().slice(0, NAMED).join(', ')}${more}`,
      advice:
        'Change these passwords and keys where they are used, then tell the new value: `carillon secret set NAME`.',
    };
  });
}

function exposedTo({ roster }: PeerState, secret: SealedSecret): MachineId[] {
  const could = new Set([...secret.exposed, ...(Object.keys(secret.sealed) as MachineId[])]);
  return [...could].filter((id) => roster.get(id)?.removed === true).sort();
}
