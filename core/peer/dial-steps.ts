/** Whom to dial and when: every trusted machine that is not connected, for ever, with growing patience. */
import { TIMES } from '../config/constants.ts';
import type { MachineId } from '../domain/ids.ts';
import { META } from './meta.ts';
import { emit, type Turn } from './state.ts';

/** Back-off doubles up to its maximum and never gives up: a machine may be away for a year. */
export function onDialFailed(turn: Turn, machine: MachineId): void {
  const dialling = turn.state.dialling.get(machine);
  if (dialling === undefined) return;
  dialling.delayMs = Math.min(TIMES.redialMaxMs, Math.max(TIMES.redialMinMs, dialling.delayMs * 2));
  turn.state.timers.set(`dial:${machine}`, turn.nowMs + dialling.delayMs * (0.75 + turn.random.fraction() / 2));
}

export function onDiscovered(turn: Turn, machine: MachineId, addresses: readonly string[]): void {
  const { state } = turn;
  if (state.membership.get(machine) === undefined) return;
  rememberAddresses(turn, machine, addresses);
  if (!state.connected.has(machine)) dialSoon(turn, machine, 0);
}

export function onDialTimer(turn: Turn, machine: MachineId): void {
  const { state } = turn;
  if (state.connected.has(machine) || state.membership.get(machine) === undefined) return;
  const addresses = state.addressBook.get(machine) ?? [];
  // The transport answers with `connected` or `dial-failed`; this timer is the safety net for neither.
  state.timers.set(`dial:${machine}`, turn.nowMs + TIMES.redialMaxMs + TIMES.dialTimeoutMs);
  if (addresses.length === 0) return onDialFailed(turn, machine);
  emit(turn, { type: 'dial', machine, addresses });
}

export function dialSoon(turn: Turn, machine: MachineId, delayMs: number): void {
  const { state } = turn;
  const addresses = state.addressBook.get(machine) ?? [];
  state.dialling.set(machine, { addresses, delayMs: 0 });
  state.timers.set(`dial:${machine}`, turn.nowMs + delayMs);
}

export function rememberAddresses(turn: Turn, machine: MachineId, addresses: readonly string[]): void {
  const { state } = turn;
  if (addresses.length === 0) return;
  const known = state.addressBook.get(machine) ?? [];
  // Every heartbeat tells them again: as a rule they are the first of what is known.
  if (isStartOf(addresses, known)) return;
  const merged = [...new Set([...addresses, ...known])].slice(0, 8);
  if (merged.length === known.length && isStartOf(merged, known)) return;
  state.addressBook.set(machine, merged);
  if (!state.connected.has(machine) && state.membership.get(machine) !== undefined) dialSoon(turn, machine, 0);
  emit(turn, {
    type: 'write',
    write: { kind: 'meta', key: META.addresses, value: JSON.stringify(Object.fromEntries(state.addressBook)) },
  });
}

function isStartOf(some: readonly string[], all: readonly string[]): boolean {
  for (let index = 0; index < some.length; index += 1) if (some[index] !== all[index]) return false;
  return true;
}
