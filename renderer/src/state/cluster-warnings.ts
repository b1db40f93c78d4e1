/** What a person should know and do about the cluster, gathered from what the agent warns of and from its machines. */
import type { ClusterStatus } from '../../../core/api/cluster-schemas.ts';
import type { MachineOutput } from '../../../core/api/machine-schemas.ts';
import { durationText } from '../format/duration.ts';

export interface ClusterWarning {
  readonly key: string;
  readonly text: string;
  readonly advice: string;
}

/** A clock that differs by more is warned of; the same bound as the agent's own check. */
export const CLOCK_SKEW_WARNING_MS = 1000;

export function warningsOf(status: ClusterStatus): readonly ClusterWarning[] {
  const told = status.warnings.map(({ code, text, advice }) => ({ key: `${code} ${text}`, text, advice }));
  return [...told, ...status.members.flatMap(machineWarnings), ...versionWarnings(status.members)];
}

/** What is wrong with one machine, beyond its state. */
export function machineWarnings(machine: MachineOutput): readonly ClusterWarning[] {
  const warnings: ClusterWarning[] = [];
  const skewMs = machine.clockSkewMs ?? 0;
  if (Math.abs(skewMs) > CLOCK_SKEW_WARNING_MS) {
    const way = skewMs > 0 ? 'ahead' : 'behind';
    warnings.push({
      key: `clock ${machine.id}`,
      text: `The clock of ${machine.name} is ${durationText(Math.abs(skewMs))} ${way}.`,
      advice: 'Turn on time synchronisation (NTP) there; tasks it owns start by its clock.',
    });
  }
  if (machine.load?.notAccepting != null) {
    warnings.push({
      key: `accepting ${machine.id}`,
      text: `${machine.name} takes no runs: ${machine.load.notAccepting}.`,
      advice: 'Free disk space there; its tasks run elsewhere until then.',
    });
  }
  return warnings;
}

function versionWarnings(machines: readonly MachineOutput[]): readonly ClusterWarning[] {
  const versions = [...new Set(machines.flatMap((machine) => machine.facts?.version ?? []))].sort();
  if (versions.length < 2) return [];
  return [
    {
      key: 'versions',
      text: `The machines run different versions: ${versions.join(', ')}.`,
      advice: 'Update the older ones, so that all compute the same instants.',
    },
  ];
}
