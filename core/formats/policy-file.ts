/** `policy.yaml`: the policy of a machine as a file that people read and write. */
import { stringify } from 'yaml';
import { LIMITS } from '../config/constants.ts';
import { type LocalPolicy, localPolicySchema } from '../domain/local-policy.ts';
import type { Result } from '../std/result.ts';
import { readOneDocument } from './one-document.ts';

/** INVALID_INPUT, UNKNOWN_FIELD or INVALID_YAML, with the line and the field; LIMIT_EXCEEDED. An empty file allows all. */
export function parsePolicyFile(text: string): Result<LocalPolicy> {
  return readOneDocument<LocalPolicy>(text, {
    what: 'the policy',
    fieldWord: 'rule',
    limitBytes: LIMITS.policyFileBytes,
    schema: localPolicySchema,
    empty: {},
  });
}

/** The file for a policy, with a word on what it is. */
export function formatPolicyFile(policy: LocalPolicy): string {
  const head =
    '# What the cluster may do on this machine. Changes take effect within two seconds; `carillon policy` explains.\n';
  return Object.keys(policy).length === 0 ? head : head + stringify(policy);
}
