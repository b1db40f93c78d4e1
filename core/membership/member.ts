/**
 * A member as this machine sees it.
 *
 *            sign of life                      silence, or its connection broke
 *   unknown ──────────────► alive ───────────────────────────────────────────► suspect
 *      ▲                     ▲  ▲        sign of life, or somebody else's word     │
 *      │                     │  └──────────────────────────────────────────────────┤
 *   (restart)                │ sign of life                                        │ nothing until the deadline
 *                            ├──────────────────── dead ◄──────────────────────────┘
 *                            └── higher incarnation ── left ◄── it said so
 */
import type { MachineFacts, MachineLoad } from '../domain/machine.ts';
import type { MachineId } from '../domain/ids.ts';
import { ClockSkew } from './clock-skew.ts';
import { FailureDetector } from './failure-detector.ts';

export type MemberStatus =
  | { readonly kind: 'unknown' }
  | { readonly kind: 'alive' }
  | {
      readonly kind: 'suspect';
      readonly sinceMs: number;
      readonly deadlineMs: number;
      readonly reason: string;
    }
  | { readonly kind: 'dead'; readonly sinceMs: number; readonly reason: string }
  | { readonly kind: 'left'; readonly sinceMs: number };

export interface Member {
  readonly id: MachineId;
  status: MemberStatus;
  /** Highest that was heard of. */
  incarnation: number;
  /** Highest heartbeat sequence of that incarnation. */
  heartbeatSequence: number;
  /** Monotonic instant of the last sign of life. */
  lastSignMs: number | undefined;
  /** The same, of signs of its own alone: no other machine's word. */
  heardMs: number | undefined;
  /** Its control stream is open. */
  connected: boolean;
  facts: MachineFacts | undefined;
  load: MachineLoad | undefined;
  documentDigest: string;
  logSequence: number;
  readonly detector: FailureDetector;
  readonly skew: ClockSkew;
}

export function newMember(id: MachineId): Member {
  return {
    id,
    status: { kind: 'unknown' },
    incarnation: 0,
    heartbeatSequence: 0,
    lastSignMs: undefined,
    heardMs: undefined,
    connected: false,
    facts: undefined,
    load: undefined,
    documentDigest: '',
    logSequence: 0,
    detector: new FailureDetector(),
    skew: new ClockSkew(),
  };
}

/** Counted among the living: a suspect is innocent until its deadline. */
export function isAlive(member: Member): boolean {
  return member.status.kind === 'alive' || member.status.kind === 'suspect';
}
