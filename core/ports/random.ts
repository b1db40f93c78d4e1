/** Chance. */
export interface Random {
  /** Uniform in [0, 1). */
  fraction(): number;
  /** `length` unpredictable bytes. */
  bytes(length: number): Uint8Array;
}
