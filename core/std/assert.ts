/**
 * Invariants. A failed assertion is a bug of ours, not a fault of the world: it ends the core process, and the host
 * restarts it from disk. Expected refusals are `Result`s instead.
 */

export class InvariantError extends Error {
  override readonly name = 'InvariantError';
}

/** Throws `InvariantError` unless `condition` holds. `message` says what should have been true. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new InvariantError(message);
}

/** For the default branch of an exhaustive switch: the compiler proves it unreachable. */
export function unreachable(value: never): never {
  throw new InvariantError(`unreachable case: ${JSON.stringify(value)}`);
}
