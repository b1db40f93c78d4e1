/** Whether a task may have the secrets that it names, here and now; and these, for its start. */
import { SECRETS } from '../config/constants.ts';
import type { OpenOccurrence } from '../claims/open-occurrence.ts';
import { secretsNamedBy } from '../domain/action.ts';
import type { Reason } from '../domain/run.ts';
import type { Task } from '../domain/task.ts';
import { type SealedSecret, isSealedTo } from '../security/secrets.ts';
import type { SecretsOfRun } from './secret-effects.ts';
import { liveSecret } from './secret-steps.ts';
import type { PeerState, Turn } from './state.ts';

export type SecretStanding =
  | { readonly kind: 'given' }
  /** Another machine may be able to open it, or this one soon. */
  | { readonly kind: 'awaited'; readonly untilMs: number }
  | { readonly kind: 'refused'; readonly reason: Reason };

/** Looks at every secret that a task names. The first that it may not have decides. */
export function secretStandingOf(turn: Turn, task: Task, occurrence: OpenOccurrence): SecretStanding {
  const { state } = turn;
  for (const name of secretsNamedBy(task.action)) {
    const secret = liveSecret(state, name);
    if (secret === undefined) return refused('SECRET_NOT_FOUND', `there is no secret "${name}"`);
    if (secret.scope.tasks?.includes(task.id) === false) {
      return refused('SECRET_OUT_OF_SCOPE', `the secret "${name}" is not for this task`);
    }
    if (isSealedTo(secret, state.self, state.identity.sealingKey)) continue;
    const untilMs = (occurrence.turnsFromMs ?? turn.nowMs) + SECRETS.patienceMs;
    if (turn.nowMs < untilMs) return { kind: 'awaited', untilMs };
    const machine = state.roster.get(state.self)?.name ?? state.self;
    return refused('SECRET_NOT_FOR_THIS_MACHINE', `the secret "${name}" is not sealed to ${machine}`);
  }
  return { kind: 'given' };
}

/** What is to be opened when the run starts; undefined when its task names no secret. */
export function secretsOfRun(state: PeerState, task: Task): SecretsOfRun | undefined {
  const names = secretsNamedBy(task.action);
  if (names.length === 0 || state.cluster === undefined) return undefined;
  const sealed = names.flatMap((name): [string, SealedSecret][] => {
    const secret = liveSecret(state, name);
    return secret === undefined ? [] : [[name, secret]];
  });
  return { clusterId: state.cluster.id, self: state.self, sealed: Object.fromEntries(sealed) };
}

function refused(code: string, text: string): SecretStanding {
  return { kind: 'refused', reason: { code, text } };
}
