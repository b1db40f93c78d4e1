/** What happens rather than is due by a clock, as the peer knows it: who follows whom, and which start of the machine this is. */
import { Followers } from '../scheduling/followers.ts';

export interface ChainState {
  readonly followers: Followers;
  /** The start of the machine under which this agent ran last; undefined when it never ran before. */
  lastBootId: string | undefined;
  /** What this start of the machine brings about has been opened, or there was nothing. */
  startIsKnown: boolean;
}

export function newChainState(): ChainState {
  return { followers: new Followers(), lastBootId: undefined, startIsKnown: false };
}
