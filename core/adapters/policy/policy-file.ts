/**
 * The policy of this machine in its data folder, `policy.yaml`. It is looked at again whenever its size or time of change
 * differ, so that an edit by hand counts at once. A file that is there and cannot be used closes the machine.
 */
import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LIMITS } from '../../config/constants.ts';
import type { LocalPolicy, PolicyReading } from '../../domain/local-policy.ts';
import type { LocalPolicySource } from '../../ports/local-policy-source.ts';
import { appError } from '../../std/app-error.ts';
import { err, ok, type Result } from '../../std/result.ts';
import type { MachineConditions } from './machine-conditions.ts';

export const POLICY_FILE_NAME = 'policy.yaml';

/** How a policy stands in its file. */
export interface PolicyFormat {
  parse(text: string): Result<LocalPolicy>;
  format(policy: LocalPolicy): string;
}

export class PolicyFile implements LocalPolicySource {
  readonly path: string;
  readonly #format: PolicyFormat;
  readonly #conditions: MachineConditions;
  readonly #zone = new Intl.DateTimeFormat().resolvedOptions().timeZone;
  #stamp: string | undefined;
  #known: { readonly policy: LocalPolicy; readonly problem?: string } = { policy: {} };

  constructor(dataFolder: string, format: PolicyFormat, conditions: MachineConditions) {
    this.#format = format;
    this.path = join(dataFolder, POLICY_FILE_NAME);
    this.#conditions = conditions;
  }

  read(): PolicyReading {
    this.#refresh();
    const { mainsOnly, idleMinutes } = this.#known.policy;
    const onMains = mainsOnly === true ? this.#conditions.onMains() : undefined;
    const idleMs = idleMinutes === undefined ? undefined : this.#conditions.idleMs();
    return {
      ...this.#known,
      zone: this.#zone,
      ...(onMains === undefined ? {} : { onMains }),
      ...(idleMs === undefined ? {} : { idleMs }),
    };
  }

  /** Puts a policy in the place of the present one: FOLDER_NOT_WRITABLE, STORAGE_FULL. */
  write(policy: LocalPolicy): Result<void> {
    const temporary = `${this.path}.${process.pid}.tmp`;
    try {
      writeFileSync(temporary, this.#format.format(policy), { mode: 0o600, flush: true });
      renameSync(temporary, this.path);
      this.#stamp = undefined;
      return ok(undefined);
    } catch (fault) {
      rmSync(temporary, { force: true });
      const { code, message } = fault as NodeJS.ErrnoException;
      const full = code === 'ENOSPC';
      return err(appError(full ? 'STORAGE_FULL' : 'FOLDER_NOT_WRITABLE', `cannot write ${this.path}: ${message}`));
    }
  }

  #refresh(): void {
    try {
      const found = statSync(this.path, { throwIfNoEntry: false, bigint: true });
      const stamp = found === undefined ? 'none' : `${found.size} ${found.mtimeNs} ${found.ino}`;
      if (stamp === this.#stamp) return;
      this.#stamp = stamp;
      this.#known = found === undefined ? { policy: {} } : this.#read(Number(found.size));
    } catch (fault) {
      this.#stamp = undefined;
      this.#known = { policy: {}, problem: `${this.path}: ${(fault as Error).message}` };
    }
  }

  #read(sizeBytes: number): { policy: LocalPolicy; problem?: string } {
    const { path } = this;
    if (sizeBytes > LIMITS.policyFileBytes) {
      return { policy: {}, problem: `${path} is larger than ${LIMITS.policyFileBytes} bytes` };
    }
    const parsed = this.#format.parse(readFileSync(path, 'utf8'));
    return parsed.ok ? { policy: parsed.value } : { policy: {}, problem: `${path}, ${parsed.error.message}` };
  }
}
