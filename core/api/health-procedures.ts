/** Handlers of the groups `events` and `health`. */
import { TIMES } from '../config/constants.ts';
import type { MachineView, PeerPhase, PeerView } from '../peer/peer-view.ts';
import { ERROR_CATALOGUE } from '../std/error-codes.ts';
import type { Check } from './health-schemas.ts';
import type { ApiParts } from './implementer.ts';
import { watchChanges } from './watch-changes.ts';

/** Records of another machine's run log that may be on their way without being a sign of trouble. */
const LOG_GAP = 100;

export function eventProcedures({ os, peer, host, streams }: ApiParts) {
  return {
    watch: os.events.watch.handler(({ input, signal }) =>
      streams.pass(
        watchChanges({
          peer,
          host,
          ...(input.kinds === undefined ? {} : { kinds: input.kinds }),
          ...(signal === undefined ? {} : { signal }),
        }),
      ),
    ),
  };
}

export function healthProcedures({ os, peer, host }: ApiParts) {
  return {
    live: os.health.live.handler(() => ({
      ok: peer.view.phase !== 'stopping',
      version: host.version,
      phase: peer.view.phase,
      machineId: peer.view.self,
    })),
    doctor: os.health.doctor.handler(async () => {
      const checks = [...peerChecks(peer.view), ...(await host.checks())];
      return { ok: checks.every((check) => check.ok), checks };
    }),
  };
}

const PHASE_TEXTS: Record<PeerPhase, { readonly detail: string; readonly advice: string }> = {
  opening: { detail: 'the document is being opened', advice: 'Wait a moment and check again.' },
  'no-cluster': {
    detail: 'this machine belongs to no cluster',
    advice:
      'Create a cluster with `carillon cluster create NAME`, or join one with `carillon pair MACHINE` or `carillon join TOKEN`.',
  },
  settling: { detail: 'meeting its peers; nothing is planned yet', advice: '' },
  active: { detail: 'plans and runs tasks', advice: '' },
  stopping: { detail: 'is shutting down', advice: 'Start the agent again with `carillon start`.' },
};

/** What the peer itself can tell of its health. */
export function peerChecks(view: PeerView): Check[] {
  const { detail, advice } = PHASE_TEXTS[view.phase];
  const others = view.machines().filter((machine) => !machine.self && !machine.entry.removed);
  const self = view.machines().find((machine) => machine.self);
  const standing = standingOf(view, self);
  const isAtWork = view.phase === 'active' || view.phase === 'settling';
  return [
    standing !== undefined && isAtWork
      ? { name: 'agent', ok: false, detail: 'is on, but plans and runs nothing', advice: standing.advice }
      : { name: 'agent', ok: isAtWork, detail, advice },
    membersCheck(others),
    clockCheck(others),
    logsCheck(others),
    versionsCheck(self, others),
    conflictsCheck(view),
    acceptingCheck(self, standing),
    ...view.warnings.map(({ code, text, advice: what }) => ({
      name: `warning ${code}`,
      ok: false,
      detail: text,
      advice: what,
    })),
  ];
}

function membersCheck(others: readonly MachineView[]): Check {
  const away = others.filter((machine) => machine.state !== 'alive' && machine.state !== 'left');
  const detail =
    away.length === 0
      ? `${others.length} other machine(s), none missing`
      : `not reached: ${away.map((machine) => `${machine.entry.name} (${machine.state}: ${machine.stateReason})`).join(', ')}`;
  return check(
    'members',
    away.length === 0,
    detail,
    'Check that these machines are on, and on the same network; remove those that are gone for good.',
  );
}

function clockCheck(others: readonly MachineView[]): Check {
  const off = others.filter((machine) => Math.abs(machine.clockSkewMs ?? 0) > TIMES.clockSkewWarningMs);
  const list = off
    .map((machine) => `${machine.entry.name} by ${((machine.clockSkewMs ?? 0) / 1000).toFixed(1)} s`)
    .join(', ');
  const detail = off.length === 0 ? 'all clocks agree to within a second' : `clocks differ: ${list}`;
  return check('clocks', off.length === 0, detail, 'Turn on time synchronisation (NTP) on these machines.');
}

function logsCheck(others: readonly MachineView[]): Check {
  const behind = others.filter((machine) => machine.announcedLogSequence - machine.runLogSequence > LOG_GAP);
  const list = behind
    .map((machine) => `${machine.entry.name} (${machine.runLogSequence} of ${machine.announcedLogSequence})`)
    .join(', ');
  const detail = behind.length === 0 ? 'history of all machines is held here' : `history is behind: ${list}`;
  return check('history', behind.length === 0, detail, 'It catches up by itself while these machines can be reached.');
}

function versionsCheck(self: MachineView | undefined, others: readonly MachineView[]): Check {
  const known = [...(self === undefined ? [] : [self]), ...others].flatMap((machine) => machine.facts ?? []);
  const versions = [...new Set(known.map((facts) => facts.version))].sort();
  const zones = [...new Set(known.map((facts) => facts.timeZoneDataVersion))].sort();
  const ok = versions.length <= 1 && zones.length <= 1;
  const detail = `Carillon ${versions.join(', ') || 'unknown'}; time zone data ${zones.join(', ') || 'unknown'}`;
  return check('versions', ok, detail, 'Update the older machines, so that all compute the same instants.');
}

function conflictsCheck(view: PeerView): Check {
  const torn = view.tasks().filter((task) => task.conflicts.length > 0);
  const list = torn
    .slice(0, 5)
    .map((task) => `${task.id} (${task.conflicts.join(', ')})`)
    .join(', ');
  const detail =
    torn.length === 0
      ? 'no edits contradict each other'
      : `${torn.length} task(s) with edits that contradict each other: ${list}`;
  return check('conflicts', torn.length === 0, detail, 'Open these tasks in the console and choose one of the values.');
}

/** Whether the machine may run anything at all: what the others say of it counts before what it says itself. */
function acceptingCheck(self: MachineView | undefined, standing: Standing | undefined): Check {
  if (standing !== undefined) return check('accepting', false, standing.detail, standing.advice);
  const code = self?.load?.notAccepting;
  const detail = code === undefined ? 'this machine takes runs' : `this machine takes no runs at the moment: ${code}`;
  return check('accepting', code === undefined, detail, ADVICE_WHEN_CLOSED[code ?? ''] ?? 'It opens again by itself.');
}

/** What to do about a machine that takes no runs, by the reason that it gives. */
const ADVICE_WHEN_CLOSED: Readonly<Record<string, string>> = {
  PAUSED: 'Let it take runs again: `carillon policy resume`.',
  POLICY_INVALID: 'Correct the policy file, or start anew with: carillon policy reset',
  STORAGE_FULL: 'Free disk space.',
  STORAGE_FAILED: ERROR_CATALOGUE.STORAGE_FAILED.advice,
};

interface Standing {
  readonly detail: string;
  readonly advice: string;
}

/** Undefined: it belongs, as far as anybody has told it. */
function standingOf(view: PeerView, self: MachineView | undefined): Standing | undefined {
  const { advice } = ERROR_CATALOGUE.MACHINE_REMOVED;
  if (self?.entry.removed === true || view.shutOut === 'MACHINE_REMOVED') {
    return { detail: 'this machine was removed from its cluster, and takes no runs', advice };
  }
  if (view.shutOut === undefined) return undefined;
  return { detail: 'the cluster has not heard that this machine was admitted, so it takes no runs', advice };
}

function check(name: string, ok: boolean, detail: string, advice: string): Check {
  return { name, ok, detail, advice: ok ? '' : advice };
}
