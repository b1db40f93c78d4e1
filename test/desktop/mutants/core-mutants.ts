/** Seeded faults of how the shell deals with its core: what it takes for known while that is away, and what a run says. */
import type { ShellMutant } from './shell-mutant.ts';

export const CORE_MUTANTS: readonly ShellMutant[] = [
  {
    name: 'a core that is away is taken for an idle one',
    file: 'electron/decisions/runs-here.ts',
    from: 'return this.#isKnown ? this.#wasBusy : undefined;',
    to: 'return this.#isKnown && this.#wasBusy;',
    caughtBy: 'wait for a core that was killed',
  },
  {
    name: 'the machine may fall asleep while the core is away',
    file: 'electron/decisions/runs-here.ts',
    from: '    return this.#wasBusy;',
    to: '    return this.#isKnown && this.#wasBusy;',
    caughtBy: 'keeps the machine awake',
  },
];
