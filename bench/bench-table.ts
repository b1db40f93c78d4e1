/** The benches by name, in the order in which they are run: first what is one room, then what is a whole cluster. */
import type { BenchOptions } from './bench-options.ts';

export interface Bench {
  run(options: BenchOptions): Promise<object>;
}

export const BENCHES: Readonly<Record<string, () => Promise<Bench>>> = {
  planner: () => import('./planner.ts'),
  ring: () => import('./ring.ts'),
  document: () => import('./document.ts'),
  'run-search': () => import('./run-search.ts'),
  'run-store': () => import('./run-store.ts'),
  statistics: () => import('./statistics.ts'),
  simulator: () => import('./simulator.ts'),
  spawn: () => import('./spawn.ts'),
  cli: () => import('./cli.ts'),
  throughput: () => import('./throughput.ts'),
  lateness: () => import('./lateness.ts'),
  'event-loop': () => import('./event-loop.ts'),
  console: () => import('./console.ts'),
  flood: () => import('./flood.ts'),
};
