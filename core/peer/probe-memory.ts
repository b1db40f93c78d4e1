/** Probes that were passed on and are not answered yet: as many as a machine may ask for, and no more. */
const PROBES_REMEMBERED = 256;

/** Forgets the oldest when there are too many. */
export function remember<T>(probes: Map<number, T>, nonce: number, probe: T): void {
  for (const oldest of probes.keys()) {
    if (probes.size < PROBES_REMEMBERED) break;
    probes.delete(oldest);
  }
  probes.set(nonce, probe);
}
