/**
 * The policy of a machine as a form has it: texts and switches, and the way between them and the policy itself. What the
 * form leaves empty restricts nothing, and is left out.
 */
import type { LocalPolicy } from '../../../core/domain/local-policy.ts';

export const POLICY_ACTIONS = ['command', 'shell', 'http'] as const;
export type PolicyAction = (typeof POLICY_ACTIONS)[number];

export interface PolicyDraft {
  readonly slots: string;
  readonly actions: readonly PolicyAction[];
  readonly forbiddenTags: string;
  readonly folders: string;
  readonly users: string;
  readonly runAs: string;
  readonly mainsOnly: boolean;
  readonly idleMinutes: string;
  readonly quietHours: readonly { readonly from: string; readonly until: string }[];
}

export function draftOfPolicy(policy: LocalPolicy): PolicyDraft {
  return {
    slots: policy.slots === undefined ? '' : String(policy.slots),
    actions: policy.actionTypes ?? POLICY_ACTIONS,
    forbiddenTags: (policy.forbiddenTags ?? []).join(', '),
    folders: (policy.folders ?? []).join('\n'),
    users: (policy.users ?? []).join(', '),
    runAs: policy.runAs ?? '',
    mainsOnly: policy.mainsOnly === true,
    idleMinutes: policy.idleMinutes === undefined ? '' : String(policy.idleMinutes),
    quietHours: policy.quietHours ?? [],
  };
}

/** @param paused is no field of the form: it is changed by itself, and kept. */
export function policyOfDraft(draft: PolicyDraft, paused: LocalPolicy['paused']): LocalPolicy {
  const tags = listOf(draft.forbiddenTags, ',');
  const folders = listOf(draft.folders, '\n');
  const users = listOf(draft.users, ',');
  return {
    ...numberOf('slots', draft.slots),
    ...(draft.actions.length === POLICY_ACTIONS.length ? {} : { actionTypes: [...draft.actions] }),
    ...(tags.length === 0 ? {} : { forbiddenTags: tags }),
    ...(folders.length === 0 ? {} : { folders }),
    ...(users.length === 0 ? {} : { users }),
    ...(draft.runAs.trim() === '' ? {} : { runAs: draft.runAs.trim() }),
    ...(draft.mainsOnly ? { mainsOnly: true } : {}),
    ...numberOf('idleMinutes', draft.idleMinutes),
    ...(draft.quietHours.length === 0 ? {} : { quietHours: draft.quietHours.map((hours) => ({ ...hours })) }),
    ...(paused === undefined ? {} : { paused }),
  };
}

/** What is not a number goes to the agent as it is not: it then says so at the field. */
function numberOf(name: 'slots' | 'idleMinutes', text: string): Partial<Record<typeof name, number>> {
  return text.trim() === '' ? {} : { [name]: Number(text) };
}

function listOf(text: string, separator: string): string[] {
  return text
    .split(separator)
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
