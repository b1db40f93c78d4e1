/** What can be done with a machine of the cluster. Each act tells what came of it, and which can be taken back offer it. */
import type { ApiClient } from '../../../core/api/contract.ts';
import type { MachineOutput } from '../../../core/api/machine-schemas.ts';
import type { Role } from '../../../core/domain/machine.ts';
import type { Refusal } from '../client/refusal.ts';
import type { MessageKey, Translate } from '../i18n/language.svelte.ts';
import type { ConsoleState } from './console.svelte.ts';
import type { Notice } from './notices.svelte.ts';

export type ActsPage = Pick<ConsoleState, 'access' | 'notices' | 'cluster'>;
/** What is changed of a machine in a dialog. */
export type MachineDialog = 'rename' | 'labels' | 'roles' | 'remove';
type Named = Pick<MachineOutput, 'id' | 'name'>;

export class MachineActs {
  #busy = $state(false);
  readonly #page: ActsPage;
  readonly #t: Translate;

  constructor(page: ActsPage, t: Translate) {
    this.#page = page;
    this.#t = t;
  }

  /** True while something is under way. */
  get busy(): boolean {
    return this.#busy;
  }

  /** Lets a machine finish what runs, or take tasks again; what is refused is told in a notice. */
  async setDrained(machine: Named, drained: boolean): Promise<void> {
    const refusal = await this.#do(
      (api, signal) => {
        const input = { machine: machine.id };
        return drained ? api.machines.drain(input, { signal }) : api.machines.resume(input, { signal });
      },
      [drained ? 'machines.drained' : 'machines.resumed', machine.name],
      () => void this.setDrained(machine, !drained),
    );
    if (refusal !== undefined) this.#page.notices.refused(refusal);
  }

  /** Why not, if it was refused. So for all acts that have a dialog, which shows it. */
  rename(machine: Named, name: string): Promise<Refusal | undefined> {
    return this.#do(
      (api, signal) => api.machines.rename({ machine: machine.id, name }, { signal }),
      ['machines.renamed', name],
      () => void this.rename({ id: machine.id, name }, machine.name),
    );
  }

  relabel(machine: Named, labels: Readonly<Record<string, string>>): Promise<Refusal | undefined> {
    return this.#do(
      (api, signal) => api.machines.label({ machine: machine.id, set: { ...labels }, replace: true }, { signal }),
      ['machines.labelled', machine.name],
    );
  }

  setRoles(machine: Named, roles: readonly Role[]): Promise<Refusal | undefined> {
    return this.#do(
      (api, signal) => api.machines.roles({ machine: machine.id, roles: [...roles] }, { signal }),
      ['machines.rolesSet', machine.name],
    );
  }

  remove(machine: Named): Promise<Refusal | undefined> {
    return this.#do(
      (api, signal) => api.machines.remove({ machine: machine.id }, { signal }),
      ['machines.removed', machine.name],
    );
  }

  async #do(
    work: (api: ApiClient, signal: AbortSignal) => Promise<unknown>,
    [key, name]: readonly [MessageKey, string],
    undo?: () => void,
  ): Promise<Refusal | undefined> {
    this.#busy = true;
    const outcome = await this.#page.access.call(work);
    this.#busy = false;
    if (!outcome.ok) return outcome.refusal;
    const action: Notice['action'] = undo === undefined ? undefined : { label: this.#t('machines.undo'), run: undo };
    this.#page.notices.done(this.#t(key, { name }), action);
    this.#page.cluster.refresh();
    return undefined;
  }
}
