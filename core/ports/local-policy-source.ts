/** The policy of this machine, and what its rules look at. */
import type { PolicyReading } from '../domain/local-policy.ts';

export interface LocalPolicySource {
  /** As it is now: changes of the file show within a second or two. Quick, and never throws. */
  read(): PolicyReading;
}
