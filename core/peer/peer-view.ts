/** What can be seen of a peer at any moment, without waiting: a window on its state, never a copy to be kept. */
import type { KeptChannel } from '../document/channel-changes.ts';
import type { KeptCalendar } from '../document/calendar-changes.ts';
import type { ClusterSettings } from '../document/document-protocol.ts';
import type { CalendarBook } from '../domain/calendar.ts';
import type { ClusterId, MachineId, RunId, TaskId } from '../domain/ids.ts';
import type { MachineFacts, MachineLoad, RosterEntry } from '../domain/machine.ts';
import type { Labels } from '../domain/placement.ts';
import type { RunRecord } from '../domain/run.ts';
import type { SealedSecret } from '../security/secrets.ts';
import type { Task, TaskDefinition } from '../domain/task.ts';
import type { ErrorCode } from '../std/error-codes.ts';

export type PeerPhase =
  /** The document is being opened. */
  | 'opening'
  /** No cluster yet: create one, or join one. */
  | 'no-cluster'
  /** Meeting its peers and catching up with their logs; nothing is planned yet. */
  | 'settling'
  | 'active'
  | 'stopping';

export type MemberState = 'alive' | 'suspect' | 'dead' | 'left' | 'unknown';

export interface MachineView {
  readonly entry: RosterEntry;
  readonly self: boolean;
  /** Its key in short, for people to compare: see `fingerprintOf`. */
  readonly fingerprint: string;
  readonly state: MemberState;
  /** Why it is in this state, in words. */
  readonly stateReason: string;
  /** Epoch milliseconds of the last sign of life. */
  readonly lastSeenAt: number | undefined;
  readonly facts: MachineFacts | undefined;
  readonly load: MachineLoad | undefined;
  /** Its clock less ours, milliseconds; undefined until measured. */
  readonly clockSkewMs: number | undefined;
  readonly ownedTasks: number;
  /** Newest record of its run log that is held here, and the newest it has announced. */
  readonly runLogSequence: number;
  readonly announcedLogSequence: number;
  readonly addresses: readonly string[];
}

export interface PlacementView {
  readonly owner: MachineId | undefined;
  /** Owner first; who would take over follows. */
  readonly preference: readonly MachineId[];
  /** For placement on several machines: all that run it. */
  readonly targets: readonly MachineId[];
  readonly ineligible: readonly { readonly machine: MachineId; readonly reason: string }[];
}

/** A machine on the ring. */
export interface RingMachineView {
  readonly id: MachineId;
  /** 1 is the norm. */
  readonly weight: number;
  /** How many tasks it owns, and how many it may own as long as others have room. */
  readonly tasks: number;
  readonly bound: number;
}

/** Who owns what, of the tasks that one machine runs. */
export interface RingOwnersView {
  readonly machines: readonly RingMachineView[];
  readonly owners: ReadonlyMap<TaskId, MachineId>;
}

/** What would be if a machine went. */
export interface DepartureView {
  /** A task that another machine would run: in the order of the tasks. */
  readonly moves: readonly { readonly task: TaskId; readonly from: MachineId; readonly to: MachineId }[];
  /** A task that nobody could run any more, and why. */
  readonly stranded: readonly { readonly task: TaskId; readonly reason: string }[];
  readonly before: readonly RingMachineView[];
  readonly after: readonly RingMachineView[];
}

/** A secret, as everybody may see it. */
export interface SecretView {
  readonly name: string;
  readonly secret: SealedSecret;
  /** Machines that can open it, and that should and cannot yet. */
  readonly machines: readonly MachineId[];
  readonly missing: readonly MachineId[];
  /** Removed machines that may know the value. */
  readonly exposedTo: readonly MachineId[];
}

/** A calendar, and what keeps to it. */
export interface CalendarView extends KeptCalendar {
  readonly name: string;
  /** Tasks whose schedules name it, in the order of their ids. */
  readonly tasks: readonly TaskId[];
}

/** A channel, who names it, and how sending by it goes on this machine. */
export interface ChannelView extends KeptChannel {
  readonly name: string;
  /** Tasks that tell it something, in the order of their ids. */
  readonly tasks: readonly TaskId[];
  /** Outcomes that wait to be sent by this machine. */
  readonly waiting: number;
  /** Why the last try from this machine came to nothing; undefined when it did not. */
  readonly failure: { readonly text: string; readonly at: number } | undefined;
  /** When this machine last sent something, epoch milliseconds. */
  readonly sentAt: number | undefined;
}

export interface WarningView {
  readonly code: string;
  readonly text: string;
  readonly advice: string;
}

/** The pairing that this machine asks another one for. */
export interface OwnPairingView {
  readonly asked: MachineId;
  readonly state: 'asking' | 'waiting' | 'joined' | 'ended';
  readonly name: string | undefined;
  readonly cluster: { readonly id: ClusterId; readonly name: string } | undefined;
  readonly digits: string | undefined;
  readonly confirmed: boolean;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
  /** Why it came to nothing. */
  readonly failure: { readonly code: ErrorCode; readonly message: string } | undefined;
}

/** A pairing that another machine asks this one for, and that is not decided. */
export interface AskedPairingView {
  readonly id: MachineId;
  readonly fingerprint: string;
  readonly name: string;
  readonly labels: Labels;
  readonly remoteAddress: string;
  readonly digits: string;
  /** The person there says that both show the same digits. */
  readonly confirmed: boolean;
  readonly approved: boolean;
  /** Epoch milliseconds. */
  readonly askedAt: number;
  readonly expiresAt: number;
}

export interface PeerView {
  readonly self: MachineId;
  /** What this machine is called: in the roster, or by itself before it belongs to a cluster. */
  readonly selfName: string;
  readonly version: string;
  readonly phase: PeerPhase;
  /** Epoch milliseconds. */
  readonly startedAt: number;
  readonly cluster: ClusterSettings | undefined;
  readonly addresses: readonly string[];
  readonly documentHeads: readonly string[];
  readonly documentDigest: string;
  /** Why this machine starts nothing, by the word of the others: it was removed, or they have not heard of it. */
  readonly shutOut: 'MACHINE_REMOVED' | 'MACHINE_NOT_FOUND' | undefined;
  readonly warnings: readonly WarningView[];
  readonly ownPairing: OwnPairingView | undefined;
  /** Oldest first. */
  readonly pairings: readonly AskedPairingView[];
  machines(): readonly MachineView[];
  /** Those that were removed. */
  formerMachines(): readonly { readonly id: MachineId; readonly name: string }[];
  /** The name of a machine that is in the roster or was removed from it. */
  nameOf(id: MachineId): string | undefined;
  /** In the order of their names. */
  secrets(): readonly SecretView[];
  /** In the order of their names. */
  calendars(): readonly CalendarView[];
  /** The same, as schedules look them up. */
  readonly calendarBook: CalendarBook;
  /** In the order of their names. */
  channels(): readonly ChannelView[];
  tasks(): readonly Task[];
  task(id: TaskId): Task | undefined;
  placement(id: TaskId): PlacementView | undefined;
  /** The same for a task as it would be, saved or not. */
  placementOf(definition: TaskDefinition): PlacementView;
  /** The machines that run a task, by the ring of now. */
  targets(id: TaskId): readonly MachineId[];
  ring(): RingOwnersView;
  /** What would be if this machine went. */
  departure(id: MachineId): DepartureView;
  /** Next instant at which the task comes due by its schedule, epoch milliseconds. */
  nextDue(id: TaskId): number | undefined;
  /** Runs that are starting or running anywhere, as far as is known here. */
  activeRuns(): readonly RunRecord[];
  activeRun(id: RunId): RunRecord | undefined;
}

/** Something changed; whoever shows it looks again. Many changes may be told as one. */
export type PeerChange =
  | { readonly kind: 'cluster' }
  | { readonly kind: 'machines' }
  | { readonly kind: 'tasks'; readonly ids: readonly TaskId[] }
  | { readonly kind: 'run'; readonly record: RunRecord };
