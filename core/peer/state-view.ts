/** The `PeerView` over a peer's state. */
import { TIMES } from '../config/constants.ts';
import type { CalendarBook } from '../domain/calendar.ts';
import type { MachineId, RunId, TaskId } from '../domain/ids.ts';
import type { RosterEntry } from '../domain/machine.ts';
import type { RunRecord } from '../domain/run.ts';
import type { Task, TaskDefinition } from '../domain/task.ts';
import type { Clock } from '../ports/clock.ts';
import { fingerprintOf } from '../security/fingerprint.ts';
import { ERROR_CATALOGUE } from '../std/error-codes.ts';
import { calendarViews, calendarWarnings } from './calendar-view.ts';
import { channelViews, channelWarnings } from './channel-view.ts';
import { departureOf } from './departure-view.ts';
import type {
  CalendarView,
  ChannelView,
  DepartureView,
  MachineView,
  PeerPhase,
  PeerView,
  PlacementView,
  RingOwnersView,
  SecretView,
  WarningView,
} from './peer-view.ts';
import type { RingTask } from './ring-view.ts';
import { askedPairingViews, ownPairingView } from './pairing-view.ts';
import { unheardOf } from './recovery-steps.ts';
import { isRemoved, ownRefusal } from './roster-steps.ts';
import { policyWarning } from './policy-steps.ts';
import { exposureWarnings, secretViews } from './secret-view.ts';
import type { PeerState } from './state.ts';

const CONFLICTS_SHOWN = 20;
const OFFENCE_SHOWN_MS = 600_000;

export class StateView implements PeerView {
  readonly #state: PeerState;
  readonly #clock: Clock;
  /** Of machines of the roster: they never change, and cost more than all the rest of a view. */
  readonly #fingerprints = new Map<MachineId, string>();

  constructor(state: PeerState, clock: Clock) {
    this.#state = state;
    this.#clock = clock;
  }

  get self(): MachineId {
    return this.#state.self;
  }

  get selfName(): string {
    const { roster, self, identity } = this.#state;
    return roster.get(self)?.name ?? identity.name;
  }

  get version(): string {
    return this.#state.identity.version;
  }

  get phase(): PeerPhase {
    return this.#state.phase;
  }

  get startedAt(): number {
    return this.#state.startedAt;
  }

  get cluster(): PeerView['cluster'] {
    return this.#state.cluster;
  }

  get addresses(): readonly string[] {
    return this.#state.ownAddresses;
  }

  get documentHeads(): readonly string[] {
    return this.#state.document.heads;
  }

  get documentDigest(): string {
    return this.#state.document.digest;
  }

  get shutOut(): PeerView['shutOut'] {
    return this.#state.standing.shutOut?.code;
  }

  get warnings(): readonly WarningView[] {
    return [
      ...this.#standingWarnings(),
      ...this.#recoveryWarnings(),
      ...this.#storageWarnings(),
      ...[policyWarning(this.#state) ?? []].flat(),
      ...this.#skewWarnings(),
      ...this.#offenceWarnings(),
      ...this.#conflictWarnings(),
      ...calendarWarnings(this.#state),
      ...channelWarnings(this.#state),
      ...exposureWarnings(this.#state),
    ];
  }

  get ownPairing(): PeerView['ownPairing'] {
    return ownPairingView(this.#state, this.#clock);
  }

  get pairings(): PeerView['pairings'] {
    return askedPairingViews(this.#state, this.#clock);
  }

  machines(): readonly MachineView[] {
    const owned = this.#state.ring.ownedCounts(this.#state.tasks);
    return [...this.#state.roster.values()]
      .filter((entry) => !entry.removed)
      .map((entry) => this.#machine(entry, owned.get(entry.id) ?? 0))
      .sort((a, b) => (a.entry.name < b.entry.name ? -1 : 1));
  }

  formerMachines(): readonly { readonly id: MachineId; readonly name: string }[] {
    return [...this.#state.roster.values()].filter((entry) => entry.removed).map(({ id, name }) => ({ id, name }));
  }

  nameOf(id: MachineId): string | undefined {
    return this.#state.roster.get(id)?.name;
  }

  secrets(): readonly SecretView[] {
    return secretViews(this.#state);
  }

  calendars(): readonly CalendarView[] {
    return calendarViews(this.#state);
  }

  get calendarBook(): CalendarBook {
    return this.#state.calendarBook;
  }

  channels(): readonly ChannelView[] {
    return channelViews(this.#state);
  }

  tasks(): readonly Task[] {
    return [...this.#state.tasks.values()];
  }

  task(id: TaskId): Task | undefined {
    return this.#state.tasks.get(id);
  }

  placement(id: TaskId): PlacementView | undefined {
    const task = this.#state.tasks.get(id);
    return task === undefined ? undefined : this.#state.ring.describe(task, this.#state.tasks);
  }

  placementOf(definition: TaskDefinition): PlacementView {
    const tasks = new Map<TaskId, RingTask>(this.#state.tasks).set(definition.id, definition);
    return this.#state.ring.fork().describe(definition, tasks);
  }

  targets(id: TaskId): readonly MachineId[] {
    const task = this.#state.tasks.get(id);
    return task === undefined ? [] : this.#state.ring.targets(task, this.#state.tasks);
  }

  ring(): RingOwnersView {
    const { ring, tasks } = this.#state;
    return { machines: ring.machines(tasks), owners: ring.owners(tasks) };
  }

  departure(id: MachineId): DepartureView {
    return departureOf(this.#state, id);
  }

  nextDue(id: TaskId): number | undefined {
    return this.#state.planner.nextOf(id);
  }

  activeRuns(): readonly RunRecord[] {
    return [...this.#state.active.values()];
  }

  activeRun(id: RunId): RunRecord | undefined {
    return this.#state.active.get(id);
  }

  #machine(entry: RosterEntry, ownedTasks: number): MachineView {
    const state = this.#state;
    const self = entry.id === state.self;
    const runLogSequence = state.logVector.get(entry.id) ?? 0;
    if (self) {
      const { addresses: _, ...bare } = entry;
      const refusal = ownRefusal({ state });
      return {
        entry: { ...bare, addresses: [...state.ownAddresses] },
        self,
        fingerprint: this.#fingerprintOf(entry.id),
        state: 'alive',
        stateReason: 'this machine',
        lastSeenAt: this.#clock.wallMs(),
        facts: state.localPolicy.facts,
        load: {
          ...state.load,
          slotsUsed: state.local.size,
          ...(refusal === undefined ? {} : { notAccepting: refusal }),
        },
        clockSkewMs: 0,
        ownedTasks,
        runLogSequence,
        announcedLogSequence: runLogSequence,
        addresses: state.ownAddresses,
      };
    }
    const member = state.membership.get(entry.id);
    const status = member?.status;
    const silenceMs = member?.lastSignMs === undefined ? undefined : this.#clock.monotonicMs() - member.lastSignMs;
    return {
      entry,
      self,
      fingerprint: this.#fingerprintOf(entry.id),
      state: status?.kind ?? 'unknown',
      stateReason: status !== undefined && 'reason' in status ? status.reason : reasonFor(status?.kind ?? 'unknown'),
      lastSeenAt: silenceMs === undefined ? undefined : Math.round(this.#clock.wallMs() - silenceMs),
      facts: member?.facts,
      load: member?.load,
      clockSkewMs: member?.skew.skewMs,
      ownedTasks,
      runLogSequence,
      announcedLogSequence: Math.max(runLogSequence, member?.logSequence ?? 0),
      addresses: state.addressBook.get(entry.id) ?? [],
    };
  }

  #fingerprintOf(id: MachineId): string {
    let fingerprint = this.#fingerprints.get(id);
    if (fingerprint === undefined) this.#fingerprints.set(id, (fingerprint = fingerprintOf(id)));
    return fingerprint;
  }

  #storageWarnings(): WarningView[] {
    const trouble = this.#state.storageTrouble;
    if (trouble === undefined) return [];
    const text = 'nothing can be stored on this machine at the moment; it takes no runs';
    const full = 'Free disk space; nothing is lost, and it goes on by itself.';
    return [{ code: trouble, text, advice: trouble === 'STORAGE_FULL' ? full : ERROR_CATALOGUE.STORAGE_FAILED.advice }];
  }

  #skewWarnings(): WarningView[] {
    const warnings: WarningView[] = [];
    for (const member of this.#state.membership.all()) {
      const skewMs = member.skew.skewMs;
      if (skewMs === undefined || Math.abs(skewMs) <= TIMES.clockSkewWarningMs) continue;
      const name = this.#state.roster.get(member.id)?.name ?? member.id;
      const text = `the clock of ${name} is ${(Math.abs(skewMs) / 1000).toFixed(1)} s ${skewMs > 0 ? 'ahead' : 'behind'}`;
      warnings.push({ code: 'CLOCK_SKEW', text, advice: 'Turn on time synchronisation (NTP) on both machines.' });
    }
    return warnings;
  }

  #offenceWarnings(): WarningView[] {
    const { offenders, roster } = this.#state;
    const sinceMs = this.#clock.monotonicMs() - OFFENCE_SHOWN_MS;
    return [...offenders]
      .filter(([id, { atMs }]) => atMs >= sinceMs && roster.get(id)?.removed === false)
      .map(([id, { reason }]) => ({
        code: 'MEMBER_CUT_OFF',
        text: `${roster.get(id)?.name ?? id} was cut off for what it sent: ${reason}`,
        advice: 'Look at that machine: its agent is damaged, or in foreign hands. If so, remove it from the cluster.',
      }));
  }

  #recoveryWarnings(): WarningView[] {
    const silent = unheardOf(this.#state).map((id) => this.#state.roster.get(id)?.name ?? id);
    if (silent.length === 0) return [];
    const text = `the database was made anew; runs are taken when ${silent.join(', ')} has told what it knows`;
    const advice = 'Turn that machine on, or remove it if it will not come back; otherwise this takes an hour.';
    return [{ code: 'STORAGE_FAILED', text, advice }];
  }

  #standingWarnings(): WarningView[] {
    const { shutOut } = this.#state.standing;
    const { advice } = ERROR_CATALOGUE.MACHINE_REMOVED;
    if (isRemoved(this.#state)) {
      const text = 'this machine was removed from its cluster, and nobody there believes it any more';
      return [{ code: 'MACHINE_REMOVED', text, advice }];
    }
    if (shutOut === undefined) return [];
    const { by, code } = shutOut;
    const name = this.#state.roster.get(by)?.name ?? by;
    const text =
      code === 'MACHINE_REMOVED'
        ? `this machine was removed from its cluster, says ${name}`
        : `${name} has not heard that this machine was admitted to the cluster; until somebody has, it starts nothing`;
    return [{ code, text, advice }];
  }

  #conflictWarnings(): WarningView[] {
    const warnings: WarningView[] = [];
    for (const { id, conflicts } of this.#state.tasks.values()) {
      if (conflicts.length === 0) continue;
      const text = `two people changed the task "${id}" at the same time`;
      const advice = 'Look at both values and choose one; until then the one in force is the same everywhere.';
      warnings.push({ code: 'CONFLICT', text, advice });
      if (warnings.length === CONFLICTS_SHOWN) break;
    }
    return warnings;
  }
}

function reasonFor(kind: MachineView['state']): string {
  switch (kind) {
    case 'alive':
      return 'heard from it just now';
    case 'left':
      return 'it was shut down in order';
    case 'unknown':
      return 'not met since this agent started';
    default:
      return '';
  }
}
