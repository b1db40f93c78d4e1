/** Handlers of the groups `events` and `health`. */
import { TIMES } from '../config/constants.ts';
import type { MachineView, PeerPhase, PeerView } from '../peer/peer-view.ts';
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
    advice: 'Create a cluster with `carillon cluster create NAME`, or join one with `carillon join TOKEN`.',
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
  return [
    { name: 'agent', ok: view.phase === 'active' || view.phase === 'settling', detail, advice },
    membersCheck(others),
    clockCheck(others),
    logsCheck(others),
    versionsCheck(self, others),
    conflictsCheck(view),
    storageCheck(self),
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

function storageCheck(self: MachineView | undefined): Check {
  const code = self?.load?.notAccepting;
  const detail = code === undefined ? 'this machine takes runs' : `this machine takes no runs at the moment: ${code}`;
  return check('accepting', code === undefined, detail, 'Free disk space, or resume the machine if it was drained.');
}

function check(name: string, ok: boolean, detail: string, advice: string): Check {
  return { name, ok, detail, advice: ok ? '' : advice };
}
