/** The policy of this machine, put together: its file, the form of that, and what the system tells of the machine. */
import { createMachineConditions } from '../core/adapters/policy/machine-conditions.ts';
import { PolicyFile } from '../core/adapters/policy/policy-file.ts';
import { formatPolicyFile, parsePolicyFile } from '../core/formats/policy-file.ts';

export function openLocalPolicy(dataFolder: string): PolicyFile {
  return new PolicyFile(dataFolder, { parse: parsePolicyFile, format: formatPolicyFile }, createMachineConditions());
}
