/**
 * Who is alive: signs of life in, changes and probes out. Any message is a sign of life. Silence is graded against the
 * peer's own rhythm; a suspect is probed directly and through two others, and is dead when its deadline passes without
 * a sign from anyone (SWIM: Das, Gupta, Motivala, 2002). Sans-I/O: every method takes the monotonic time and returns
 * what is to be done.
 */
import { TIMES } from '../config/constants.ts';
import type { MachineId } from '../domain/ids.ts';
import { LocalHealth } from './local-health.ts';
import { isAlive, type Member, type MemberStatus, newMember } from './member.ts';

export type MembershipEffect =
  | { readonly kind: 'changed'; readonly member: Member; readonly from: MemberStatus['kind']; readonly reason: string }
  /** Ask it directly whether it lives. */
  | { readonly kind: 'probe'; readonly target: MachineId }
  /** Ask another member to ask it. */
  | { readonly kind: 'probe-through'; readonly helper: MachineId; readonly target: MachineId };

const PHI_THRESHOLD = 8;
/** No silence shorter than this makes a suspect. */
const MIN_SILENCE_MS = 1000;
const HELPERS = 2;
const PAUSE_MS = 700;
const NOTHING: readonly MembershipEffect[] = [];

export class Membership {
  readonly health = new LocalHealth();
  readonly #members = new Map<MachineId, Member>();
  #expectedTickMs: number | undefined;

  /** Which machines are looked at: all trusted ones but ourselves. Others are forgotten. */
  setRoster(ids: ReadonlySet<MachineId>): void {
    for (const id of this.#members.keys()) if (!ids.has(id)) this.#members.delete(id);
    for (const id of ids) if (!this.#members.has(id)) this.#members.set(id, newMember(id));
  }

  get(id: MachineId): Member | undefined {
    return this.#members.get(id);
  }

  all(): IterableIterator<Member> {
    return this.#members.values();
  }

  /** Members that are alive or only suspected, ourselves not included. */
  alive(): Member[] {
    return [...this.#members.values()].filter(isAlive);
  }

  isAlive(id: MachineId): boolean {
    const member = this.#members.get(id);
    return member !== undefined && isAlive(member);
  }

  /** A sign of life. One of an incarnation that has left on purpose is late and counts for nothing. */
  sign(id: MachineId, incarnation: number, nowMs: number): readonly MembershipEffect[] {
    const member = this.#members.get(id);
    return member === undefined ? NOTHING : this.signOf(member, incarnation, nowMs);
  }

  /** The same, for whoever has looked the member up. */
  signOf(member: Member, incarnation: number, nowMs: number): readonly MembershipEffect[] {
    if (member.status.kind === 'left' && incarnation <= member.incarnation) return [];
    if (incarnation > member.incarnation) {
      member.incarnation = incarnation;
      member.heartbeatSequence = 0;
    }
    member.heardMs = nowMs;
    if (member.lastSignMs === undefined || nowMs > member.lastSignMs) {
      if (member.status.kind === 'alive') member.detector.sign(nowMs);
      member.lastSignMs = nowMs;
    }
    // By far the most frequent case: nothing changes.
    if (member.status.kind === 'alive') return NOTHING;
    return this.#become(member, { kind: 'alive' }, 'it was heard');
  }

  connected(id: MachineId, nowMs: number): readonly MembershipEffect[] {
    const member = this.#members.get(id);
    if (member === undefined) return [];
    member.connected = true;
    // A new connection is a sign of life of whatever incarnation answers.
    if (member.status.kind === 'left') member.status = { kind: 'unknown' };
    return this.sign(id, member.incarnation, nowMs);
  }

  /** Its control stream is gone: a reason to look at once. */
  disconnected(id: MachineId, broken: boolean, nowMs: number): MembershipEffect[] {
    const member = this.#members.get(id);
    if (member === undefined) return [];
    member.connected = false;
    if (member.status.kind !== 'alive') return [];
    return this.#suspect(member, broken ? 'its connection broke' : 'its connection was closed', nowMs);
  }

  /** Its system answers that nobody listens there: a suspect has less time to show that it lives. */
  refused(id: MachineId): void {
    const member = this.#members.get(id);
    if (member?.status.kind !== 'suspect') return;
    const { sinceMs, deadlineMs } = member.status;
    const soonerMs = sinceMs + TIMES.brokenSuspicionMs * this.health.multiplier;
    member.status = { ...member.status, deadlineMs: Math.min(deadlineMs, soonerMs) };
  }

  /** It said that it goes. */
  left(id: MachineId, incarnation: number, nowMs: number): MembershipEffect[] {
    const member = this.#members.get(id);
    if (member === undefined || incarnation < member.incarnation) return [];
    member.incarnation = incarnation;
    return this.#become(member, { kind: 'left', sinceMs: nowMs }, 'it left');
  }

  /**
   * Another member answers for a suspect. Its incarnation is for the suspect itself to tell: a wrong one would mute it. That
   * word bridges a while until the suspect is heard itself, if only by a heartbeat that others hand on: a helper that lies
   * keeps no dead machine alive for good.
   */
  vouched(id: MachineId, nowMs: number): readonly MembershipEffect[] {
    const member = this.#members.get(id);
    if (member === undefined || member.status.kind !== 'suspect') return [];
    const { heardMs } = member;
    if (heardMs === undefined || nowMs - heardMs > TIMES.vouchedMs) return [];
    const effects = this.sign(id, member.incarnation, nowMs);
    member.heardMs = heardMs;
    return effects;
  }

  /** When `tick` should be called next, given the present silence of everyone. */
  nextTickMs(nowMs: number): number {
    let next = nowMs + TIMES.controlBeatMs;
    for (const member of this.#members.values()) {
      const { status } = member;
      if (status.kind === 'suspect') next = Math.min(next, status.deadlineMs);
      if (status.kind !== 'alive' || member.lastSignMs === undefined) continue;
      // Nobody is suspected sooner: as a rule the rhythm need not be asked.
      if (member.lastSignMs + MIN_SILENCE_MS >= next) continue;
      next = Math.min(next, member.lastSignMs + this.#toleratedSilence(member));
    }
    this.#expectedTickMs = Math.max(next, nowMs + 10);
    return this.#expectedTickMs;
  }

  /** Grades every silence. */
  tick(nowMs: number): MembershipEffect[] {
    this.#judgeOurselves(nowMs);
    const effects: MembershipEffect[] = [];
    for (const member of this.#members.values()) for (const effect of this.#judge(member, nowMs)) effects.push(effect);
    return effects;
  }

  #judge(member: Member, nowMs: number): readonly MembershipEffect[] {
    const { status } = member;
    const silenceMs = nowMs - (member.lastSignMs ?? nowMs);
    if (status.kind === 'alive') {
      if (silenceMs < MIN_SILENCE_MS || silenceMs < this.#toleratedSilence(member)) return NOTHING;
      return this.#suspect(member, `silent for ${seconds(silenceMs)}`, nowMs);
    }
    if (status.kind === 'suspect' && nowMs >= status.deadlineMs) {
      const reason = `${status.reason}; no answer for ${seconds(silenceMs)}`;
      return this.#become(member, { kind: 'dead', sinceMs: nowMs, reason }, reason);
    }
    return NOTHING;
  }

  /** Time that we ourselves slept through is nobody's silence. */
  #judgeOurselves(nowMs: number): void {
    const latenessMs = this.#expectedTickMs === undefined ? 0 : nowMs - this.#expectedTickMs;
    this.health.tick(latenessMs);
    if (latenessMs < PAUSE_MS) return;
    for (const member of this.#members.values()) {
      member.detector.excuse(latenessMs);
      if (member.lastSignMs !== undefined) member.lastSignMs = Math.min(nowMs, member.lastSignMs + latenessMs);
      if (member.heardMs !== undefined) member.heardMs = Math.min(nowMs, member.heardMs + latenessMs);
      if (member.status.kind === 'suspect') {
        member.status = { ...member.status, deadlineMs: member.status.deadlineMs + latenessMs };
      }
    }
  }

  #toleratedSilence(member: Member): number {
    const byRhythm = member.detector.silenceAt(PHI_THRESHOLD);
    return Math.min(TIMES.silenceMs, Math.max(MIN_SILENCE_MS, byRhythm)) * this.health.multiplier;
  }

  #suspect(member: Member, reason: string, nowMs: number): MembershipEffect[] {
    const deadlineMs = nowMs + TIMES.suspicionMs * this.health.multiplier;
    const effects = this.#become(member, { kind: 'suspect', sinceMs: nowMs, deadlineMs, reason }, reason);
    effects.push({ kind: 'probe', target: member.id });
    const helpers = this.alive().filter((other) => other.id !== member.id && other.connected);
    for (const helper of helpers.slice(0, HELPERS)) {
      effects.push({ kind: 'probe-through', helper: helper.id, target: member.id });
    }
    return effects;
  }

  #become(member: Member, status: MemberStatus, reason: string): MembershipEffect[] {
    const from = member.status.kind;
    member.status = status;
    return from === status.kind ? [] : [{ kind: 'changed', member, from, reason }];
  }
}

function seconds(durationMs: number): string {
  return `${(durationMs / 1000).toFixed(1)} s`;
}
