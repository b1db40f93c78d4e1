/** How the state of a machine is told. */
import type { MachineOutput } from '../../../../core/api/machine-schemas.ts';
import type { Tone } from '../../format/run-state.ts';

interface MachineLook {
  readonly label: string;
  readonly tone: Tone;
}

const LOOKS: Readonly<Record<MachineOutput['state'], MachineLook>> = {
  alive: { label: 'Alive', tone: 'ok' },
  suspect: { label: 'Suspect', tone: 'warn' },
  dead: { label: 'Dead', tone: 'bad' },
  left: { label: 'Left', tone: 'quiet' },
  unknown: { label: 'Not seen yet', tone: 'quiet' },
};

export function machineLook(machine: MachineOutput): MachineLook {
  if (machine.self) return machine.drained ? { label: 'Draining', tone: 'warn' } : LOOKS.alive;
  if (machine.state === 'alive' && machine.drained) return { label: 'Draining', tone: 'warn' };
  return LOOKS[machine.state];
}
