/** The policy of this machine, put together: its file, the form of that, and what the system tells of the machine. */
import { type MachineConditions, createMachineConditions } from '../core/adapters/policy/machine-conditions.ts';
import { PolicyFile } from '../core/adapters/policy/policy-file.ts';
import { formatPolicyFile, parsePolicyFile } from '../core/formats/policy-file.ts';

/** @param conditions a host that knows more of the machine brings its own. */
export function openLocalPolicy(dataFolder: string, conditions?: MachineConditions): PolicyFile {
  const form = { parse: parsePolicyFile, format: formatPolicyFile };
  return new PolicyFile(dataFolder, form, conditions ?? createMachineConditions());
}
