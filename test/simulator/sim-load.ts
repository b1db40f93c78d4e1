/** The load of a simulated machine: idle, with memory to spare. */
import type { LoadProbe } from '../../core/ports/load-probe.ts';

const FREE_MEMORY_BYTES = 1_000_000_000;

export function createSimLoad(): LoadProbe {
  return { measure: () => ({ freeMemoryBytes: FREE_MEMORY_BYTES, processorLoad: 0 }) };
}
