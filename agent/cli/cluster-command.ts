/** `carillon cluster create|status`: makes a cluster on this machine, shows the one it belongs to. */
import type { Command } from 'commander';
import type { ClusterStatus } from '../../core/api/cluster-schemas.ts';
import type { CliHost } from './cli-host.ts';
import { type Session, handle, newCommand, newGroup } from './command.ts';
import { machineTable } from './machines-command.ts';
import { formatFields } from './table.ts';
import { relativeTime } from './times.ts';

export function clusterCommand(host: CliHost): Command {
  const group = newGroup('cluster', 'Create a cluster, or show it');
  group.addCommand(
    handle(
      newCommand('create <name>', 'Create a cluster on this machine', 'carillon cluster create home'),
      host,
      async (session, _options, name = '') => {
        const value = await (await session.connect()).cluster.create({ name });
        return { value, text: `Created the cluster "${value.name}".\nInvite other machines with: carillon invite` };
      },
    ),
  );
  group.addCommand(
    handle(
      newCommand('status', 'Show the cluster, its members and the document', 'carillon cluster status'),
      host,
      async (session) => {
        const value = await (await session.connect()).cluster.status({});
        return { value, text: statusText(value, session) };
      },
    ),
  );
  return group;
}

function statusText(status: ClusterStatus, session: Session): string {
  const { paint, host } = session;
  const now = host.now();
  if (status.cluster === null) {
    return [
      `This machine (${status.self.name}) belongs to no cluster.`,
      'Create one with `carillon cluster create NAME`, or join one with `carillon pair MACHINE` or `carillon join TOKEN`.',
    ].join('\n');
  }
  const { counts } = status;
  const fields = formatFields(
    [
      ['cluster', `${status.cluster.name} (${status.cluster.id})`],
      ['this machine', `${status.self.name} (${status.self.id})`],
      ['phase', status.phase],
      ['version', status.self.version],
      ['up since', relativeTime(status.self.startedAt, now)],
      ['machines', `${counts.machinesAlive} of ${counts.machines} alive`],
      ['tasks', String(counts.tasks)],
      ['active runs', String(counts.activeRuns)],
      ['document', status.document.digest.slice(0, 16)],
    ],
    paint,
  );
  const warnings = status.warnings.map(
    (warning) => `${paint.yellow(`warning ${warning.code}`)}: ${warning.text}. ${warning.advice}`,
  );
  return [fields, '', machineTable(status.members, session), ...warnings].join('\n');
}
