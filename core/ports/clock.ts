/** Time, and the one timer. */
export interface Clock {
  /** Epoch milliseconds; may jump. For schedules and records. */
  wallMs(): number;
  /** Milliseconds since some fixed point; never jumps or goes back. For time-outs and failure detection. */
  monotonicMs(): number;
  /** Calls back once, after what is already under way on this thread has had its turn. */
  soon(callback: () => void): void;
  /** Calls back once at or after the monotonic instant. A new call replaces the pending one; undefined clears it. */
  wake(atMonotonicMs: number | undefined, callback: () => void): void;
}
