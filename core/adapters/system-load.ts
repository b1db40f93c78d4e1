/** How busy this machine is, as its operating system says. */
import { availableParallelism, freemem, loadavg } from 'node:os';
import type { LoadProbe } from '../ports/load-probe.ts';

export function createSystemLoad(): LoadProbe {
  return {
    measure: () => ({
      freeMemoryBytes: freemem(),
      processorLoad: Math.min(1, (loadavg()[0] ?? 0) / availableParallelism()),
    }),
  };
}
