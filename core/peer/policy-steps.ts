/**
 * This machine's own policy: looked at with every measurement of load. What it says of the moment keeps the machine from
 * taking runs, what it says of tasks goes to all by heartbeat. Nothing that runs is ever ended by it.
 */
import type { PolicyReading } from '../domain/local-policy.ts';
import { announcedPolicy } from '../ring/policy-rules.ts';
import { momentRefusal } from '../scheduling/policy-moments.ts';
import { noteAudit } from './audit-steps.ts';
import { publishHeartbeat } from './mesh-steps.ts';
import { evaluateAllSoon } from './occurrence-list.ts';
import { refreshRing } from './roster-steps.ts';
import { emit, type PeerState, type Turn } from './state.ts';

export function onPolicyReading(turn: Turn, reading: PolicyReading): void {
  const { state } = turn;
  const { localPolicy } = state;
  const text = isSame(reading, localPolicy.reading) ? localPolicy.text : textOf(reading);
  const changed = text === undefined || text !== localPolicy.text;
  const refusal = momentRefusal(reading, turn.wallMs);
  const turned = refusal?.code !== localPolicy.refusal?.code;
  localPolicy.reading = reading;
  localPolicy.refusal = refusal;
  if (!changed && !turned) return;
  if (changed) adopt(turn, text ?? textOf(reading));
  if (turned) {
    const fields = { why: refusal?.text ?? 'its policy lets it take runs' };
    emit(turn, { type: 'log', level: 'info', message: refusal === undefined ? 'takes runs' : 'takes no runs', fields });
  }
  refreshRing(turn);
  evaluateAllSoon(turn);
  if (state.phase === 'active') publishHeartbeat(turn, false);
  emit(turn, { type: 'tell', change: { kind: 'cluster' } });
}

/** It is read every second, and hardly ever another one. */
function isSame(one: PolicyReading, other: PolicyReading): boolean {
  return one.policy === other.policy && one.problem === other.problem;
}

function textOf({ policy, problem }: PolicyReading): string {
  return JSON.stringify([policy, problem ?? '']);
}

function adopt(turn: Turn, text: string): void {
  const { state } = turn;
  const { localPolicy, identity } = state;
  const { policy, problem } = localPolicy.reading;
  const isFirst = localPolicy.text === undefined;
  localPolicy.text = text;
  const announced = announcedPolicy(policy);
  localPolicy.facts = {
    ...identity.facts,
    slots: policy.slots ?? identity.facts.slots,
    ...(announced === undefined ? {} : { policy: announced }),
  };
  if (isFirst && problem === undefined) return;
  noteAudit(turn, 'policy-changed', {
    by: state.self,
    subject: 'the policy of this machine',
    detail: problem ?? JSON.stringify(policy),
  });
}

/** Why this machine takes no runs at the moment, by its own policy. */
export function policyWarning({ localPolicy }: PeerState): { code: string; text: string; advice: string } | undefined {
  const { refusal } = localPolicy;
  if (refusal === undefined) return undefined;
  const advice = {
    POLICY_INVALID: 'Correct the policy file, or start anew with: carillon policy reset',
    PAUSED: 'To let it take runs again: carillon policy resume',
    QUIET_HOURS: 'It takes runs again when they end; see: carillon policy show',
    ON_BATTERY: 'It takes runs again on mains power; see: carillon policy show',
    IN_USE: 'It takes runs again when it is idle; see: carillon policy show',
  };
  return { code: refusal.code, text: refusal.text, advice: advice[refusal.code] };
}
