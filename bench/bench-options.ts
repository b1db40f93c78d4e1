/** What every bench is told. Each bench is a file with one `run(options)` that resolves to an object of numbers. */
export interface BenchOptions {
  /** The large sizes, for an otherwise idle machine. */
  readonly full: boolean;
  /** A folder for CPU profiles of the agents that a bench starts; none are made without it. */
  readonly profileFolder?: string;
}
