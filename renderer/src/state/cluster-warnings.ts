/** What a person should know and do about the cluster, gathered from what the agent warns of and from its machines. */
import type { ClusterStatus } from '../../../core/api/cluster-schemas.ts';
import type { MachineOutput } from '../../../core/api/machine-schemas.ts';
import { durationText } from '../format/duration.ts';
import type { Translate } from '../i18n/language.svelte.ts';

export interface ClusterWarning {
  readonly key: string;
  readonly text: string;
  readonly advice: string;
  /** The machine that it is about. */
  readonly machineId?: string;
}

/** A clock that differs by more is warned of; the same bound as the agent's own check. */
export const CLOCK_SKEW_WARNING_MS = 1000;

/** All warnings, in the words of the page; those of the agent in its own. */
export function warningsOf(status: ClusterStatus, t: Translate): readonly ClusterWarning[] {
  const told = status.warnings.map(({ code, text, advice }) => ({ key: `${code} ${text}`, text, advice }));
  return [
    ...told,
    ...status.members.flatMap((machine) => machineWarnings(machine, t)),
    ...versionWarnings(status.members, t),
  ];
}

/** What is wrong with one machine, beyond its state. */
export function machineWarnings(machine: MachineOutput, t: Translate): readonly ClusterWarning[] {
  const warnings: ClusterWarning[] = [];
  const { id, name } = machine;
  const skewMs = machine.clockSkewMs ?? 0;
  if (Math.abs(skewMs) > CLOCK_SKEW_WARNING_MS) {
    const values = { name, length: durationText(Math.abs(skewMs)) };
    warnings.push({
      key: `clock ${id}`,
      text: t(skewMs > 0 ? 'warnings.clockAhead' : 'warnings.clockBehind', values),
      advice: t('warnings.clockAdvice'),
      machineId: id,
    });
  }
  if (machine.load?.notAccepting != null) {
    const reason = machine.load.notAccepting;
    warnings.push({
      key: `accepting ${id}`,
      text: t('warnings.takesNone', { name, reason }),
      advice: t(reason === 'STORAGE_FULL' ? 'warnings.takesNoneFull' : 'warnings.takesNoneAdvice'),
      machineId: id,
    });
  }
  return warnings;
}

function versionWarnings(machines: readonly MachineOutput[], t: Translate): readonly ClusterWarning[] {
  const versions = [...new Set(machines.flatMap((machine) => machine.facts?.version ?? []))].sort();
  if (versions.length < 2) return [];
  return [
    {
      key: 'versions',
      text: t('warnings.versions', { versions: versions.join(', ') }),
      advice: t('warnings.versionsAdvice'),
    },
  ];
}
