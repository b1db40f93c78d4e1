/** A fault of the shell that is put in on purpose. */

export interface ShellMutant {
  readonly name: string;
  /** From the root of the tree. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
  /** Part of the title of a spec that fails with it. */
  readonly caughtBy: string;
}
