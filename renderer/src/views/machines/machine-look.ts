/** How the state of a machine is told: its word in the catalogue, and its tone. */
import type { MachineOutput } from '../../../../core/api/machine-schemas.ts';
import type { Tone } from '../../format/run-state.ts';
import type { MessageKey } from '../../i18n/language.svelte.ts';

interface MachineLook {
  readonly label: MessageKey;
  readonly tone: Tone;
}

const LOOKS: Readonly<Record<MachineOutput['state'], MachineLook>> = {
  alive: { label: 'states.alive', tone: 'ok' },
  suspect: { label: 'states.suspect', tone: 'warn' },
  dead: { label: 'states.dead', tone: 'bad' },
  left: { label: 'states.left', tone: 'quiet' },
  unknown: { label: 'states.unknown', tone: 'quiet' },
};
const DRAINING: MachineLook = { label: 'states.draining', tone: 'warn' };

export function machineLook(machine: Pick<MachineOutput, 'self' | 'state' | 'drained'>): MachineLook {
  if (machine.drained && isPresent(machine)) return DRAINING;
  return machine.self ? LOOKS.alive : LOOKS[machine.state];
}

/** True while the machine is taken to be there: it answers, or did a moment ago. */
export function isPresent(machine: Pick<MachineOutput, 'self' | 'state'>): boolean {
  return machine.self || machine.state === 'alive' || machine.state === 'suspect';
}
