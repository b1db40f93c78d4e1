/** The policy file and a simulated machine's policy keep the contract. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { openLocalPolicy } from '../../agent/local-policy.ts';
import { SimCluster } from '../simulator/sim-cluster.ts';
import { describeLocalPolicySource } from './local-policy-source.ts';

const folders: string[] = [];

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

describeLocalPolicySource('the policy file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'carillon-policy-'));
  folders.push(folder);
  const source = openLocalPolicy(folder);
  return {
    source,
    write: (policy) => {
      const written = source.write(policy);
      if (!written.ok) throw new Error(written.error.message);
    },
    damage: () => {
      writeFileSync(source.path, 'slots: [2');
    },
  };
});

describeLocalPolicySource('a simulated machine', () => {
  const machine = new SimCluster({ machines: 1 }).machine(0);
  return {
    source: { read: () => machine.policy },
    write: (policy) => {
      machine.policy = { policy, zone: 'UTC' };
    },
    damage: () => {
      machine.policy = { ...machine.policy, problem: 'it is damaged' };
    },
  };
});
