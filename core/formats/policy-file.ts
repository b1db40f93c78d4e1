/** `policy.yaml`: the policy of a machine as a file that people read and write. */
import { stringify } from 'yaml';
import { LIMITS } from '../config/constants.ts';
import { type LocalPolicy, localPolicySchema } from '../domain/local-policy.ts';
import { appError } from '../std/app-error.ts';
import { err, ok, type Result } from '../std/result.ts';
import { readYaml } from './yaml-source.ts';

/** INVALID_INPUT, UNKNOWN_FIELD or INVALID_YAML, with the line and the field; LIMIT_EXCEEDED. An empty file allows all. */
export function parsePolicyFile(text: string): Result<LocalPolicy> {
  if (text.length > LIMITS.policyFileBytes) {
    return err(appError('LIMIT_EXCEEDED', `the policy is larger than ${LIMITS.policyFileBytes} bytes`));
  }
  const read = readYaml(text, () => false);
  if (!read.ok) {
    const [first] = read.error;
    return err(appError(first?.code ?? 'INVALID_YAML', `line ${first?.line ?? 1}: ${first?.message ?? ''}`));
  }
  const [document, second] = read.value;
  if (document === undefined) return ok({});
  if (second !== undefined) return err(appError('INVALID_INPUT', 'the policy is one document, not several'));
  const checked = localPolicySchema.safeParse(document.value);
  if (checked.success) return ok(checked.data);
  const [issue] = checked.error.issues;
  const path = (issue?.path ?? []).filter((part) => typeof part !== 'symbol');
  const unknown = issue?.code === 'unrecognized_keys' ? issue.keys[0] : undefined;
  const field = [...path, ...(unknown === undefined ? [] : [unknown])].join('.');
  const { line } = unknown === undefined ? document.valueAt(path) : document.keyAt([...path, unknown]);
  const message = unknown === undefined ? (issue?.message ?? 'it is malformed') : 'there is no such rule';
  return err(
    appError(unknown === undefined ? 'INVALID_INPUT' : 'UNKNOWN_FIELD', `line ${line}: ${field}: ${message}`, {
      field,
    }),
  );
}

/** The file for a policy, with a word on what it is. */
export function formatPolicyFile(policy: LocalPolicy): string {
  const head =
    '# What the cluster may do on this machine. Changes take effect within two seconds; `carillon policy` explains.\n';
  return Object.keys(policy).length === 0 ? head : head + stringify(policy);
}
