/** What a peer knows of who votes, and of the change of that which it asks for. The rules are in `electorate-steps`. */
import type { MachineId, OccurrenceId } from '../domain/ids.ts';

/** Who must agree on at-most-once. */
export interface Electorate {
  /** In order of their ids. */
  readonly voters: ReadonlySet<MachineId>;
  /** Names the set; another one has another name, also when it has the same members at another time. */
  readonly id: string;
  /** When it last grew, and up to which due instant its majority may not know of all claims (epoch milliseconds). */
  readonly changedAt: number;
  readonly unsureUntil: number;
  /** No voter grants tokens up to this one. */
  readonly tokenFloor: number;
}

/** A change of voters that this machine has under way. */
export type VotersChange =
  | {
      readonly kind: 'asking';
      readonly occurrenceId: OccurrenceId;
      /** Who is to become a voter. */
      readonly machine: MachineId;
      readonly fencingToken: number;
      readonly granted: Set<MachineId>;
      /** Monotonic. */
      readonly askedAtMs: number;
      /** Epoch milliseconds. */
      readonly askedAt: number;
      /** Monotonic: those that have not granted by then are asked again. */
      againAtMs: number;
      /** A voter has refused it for what asking again with the same token does not mend. */
      givesWay: boolean;
    }
  | { readonly kind: 'writing'; readonly occurrenceId: OccurrenceId };
