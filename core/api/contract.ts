/**
 * The one table of what can be asked of a running Carillon: every command, query and subscription with its schemas.
 * Every carrier (WebSocket, HTTP, REST, message port) serves this table and nothing else; clients take their types
 * from it. A summary starts with the imperative, and is what the OpenAPI document and docs/API.md say. The larger groups
 * stand in files of their own (`task-contract.ts`, `machine-contract.ts`, `run-contract.ts`, `statistics-contract.ts`).
 */
import { eventIterator } from '@orpc/contract';
import type { ContractRouterClient } from '@orpc/contract';
import * as auditLog from './audit-log-schemas.ts';
import { backupsTable } from './backup-contract.ts';
import * as calendars from './calendar-schemas.ts';
import { channelsTable } from './channel-contract.ts';
import * as cluster from './cluster-schemas.ts';
import * as consoles from './console-schemas.ts';
import * as events from './event-schemas.ts';
import * as health from './health-schemas.ts';
import { machinesTable } from './machine-contract.ts';
import * as pairing from './pairing-schemas.ts';
import * as recovery from './recovery-schemas.ts';
import * as policies from './policy-schemas.ts';
import { nothing, route } from './route.ts';
import { runsTable } from './run-contract.ts';
import * as secrets from './secret-schemas.ts';
import { statisticsTable } from './statistics-contract.ts';
import { scheduleTable, tasksTable } from './task-contract.ts';

const clusterTable = {
  status: route('cluster', 'GET', '/cluster', 'Show the cluster, its members and the document')
    .input(nothing)
    .output(cluster.clusterStatusOutput),
  create: route('cluster', 'POST', '/cluster', 'Create a cluster on this machine')
    .input(cluster.createClusterInput)
    .output(cluster.createdClusterOutput),
  join: route('cluster', 'POST', '/cluster/join', 'Join a cluster with an invitation')
    .input(cluster.joinInput)
    .output(cluster.createdClusterOutput),
  invite: route('cluster', 'POST', '/cluster/invitations', 'Make an invitation for one machine')
    .input(cluster.inviteInput)
    .output(cluster.invitationOutput),
  invitations: route('cluster', 'GET', '/cluster/invitations', 'List the invitations that this machine has made')
    .input(nothing)
    .output(cluster.invitationListOutput),
  cancelInvitation: route('cluster', 'DELETE', '/cluster/invitations/{id}', 'Take an invitation back')
    .input(cluster.cancelInvitationInput)
    .output(cluster.cancelInvitationInput),
};

const pairingTable = {
  nearby: route('pairing', 'GET', '/pairing/nearby', 'List machines and clusters on the local network')
    .input(nothing)
    .output(pairing.nearbyOutput),
  list: route('pairing', 'GET', '/pairing', 'Show who asks to join here, and whom this machine asks')
    .input(nothing)
    .output(pairing.pairingListOutput),
  ask: route('pairing', 'POST', '/pairing/own', 'Ask a machine nearby to let this one join; answers with the digits')
    .input(pairing.askInput)
    .output(pairing.askedOutput),
  confirm: route('pairing', 'POST', '/pairing/own/confirm', 'Say whether both machines show the same digits')
    .input(pairing.confirmInput)
    .output(pairing.pairingIdOutput),
  cancel: route('pairing', 'DELETE', '/pairing/own', 'Give up asking').input(nothing).output(pairing.pairingIdOutput),
  approve: route('pairing', 'POST', '/pairing/{machine}/approve', 'Let a machine join that asks for it')
    .input(pairing.approveInput)
    .output(pairing.approvedOutput),
  clear: route('pairing', 'DELETE', '/pairing', 'Refuse all machines that ask to join, and let them ask anew')
    .input(nothing)
    .output(pairing.clearedOutput),
  refuse: route('pairing', 'POST', '/pairing/{machine}/refuse', 'Refuse a machine that asks to join')
    .input(pairing.refuseInput)
    .output(pairing.pairingIdOutput),
};

const recoveryTable = {
  kit: route('recovery', 'POST', '/recovery/kit', 'Show the root key of the cluster as words to print')
    .input(nothing)
    .output(recovery.recoveryKitOutput),
  forget: route('recovery', 'DELETE', '/recovery/kit', 'Delete the root key from this machine')
    .input(nothing)
    .output(recovery.forgottenOutput),
  recover: route('recovery', 'POST', '/recovery', 'Make this machine an admin by the words of the recovery kit')
    .input(recovery.recoverInput)
    .output(recovery.recoveredOutput),
};

const secretsTable = {
  list: route('secrets', 'GET', '/secrets', 'List secrets, without their values')
    .input(nothing)
    .output(secrets.secretListOutput),
  set: route('secrets', 'PUT', '/secrets/{name}', 'Set the value of a secret')
    .input(secrets.setSecretInput)
    .output(secrets.secretWrittenOutput),
  scope: route(
    'secrets',
    'PUT',
    '/secrets/{name}/scope',
    'Say which tasks may use a secret, and which machines can open it',
  )
    .input(secrets.scopeSecretInput)
    .output(secrets.secretWrittenOutput),
  delete: route('secrets', 'DELETE', '/secrets/{name}', 'Delete a secret')
    .input(secrets.secretInput)
    .output(secrets.secretNameOutput),
};

const calendarsTable = {
  list: route('calendars', 'GET', '/calendars', 'List calendars, and the tasks that name them')
    .input(nothing)
    .output(calendars.calendarListOutput),
  put: route('calendars', 'PUT', '/calendars/{name}', 'Create or change a calendar')
    .input(calendars.putCalendarInput)
    .output(calendars.calendarNameOutput),
  delete: route('calendars', 'DELETE', '/calendars/{name}', 'Delete a calendar that no task names')
    .input(calendars.calendarInput)
    .output(calendars.calendarNameOutput),
  fromIcal: route('calendars', 'POST', '/calendars/from-ical', 'Show what an iCalendar file would become')
    .input(calendars.icalInput)
    .output(calendars.icalOutput),
};

const auditTable = {
  list: route('audit', 'GET', '/audit-log', 'List who did what from which machine, and what was refused, newest first')
    .input(auditLog.listAuditInput)
    .output(auditLog.listAuditOutput),
};

const eventsTable = {
  watch: route('events', 'GET', '/events', 'Stream signals of what changes')
    .input(events.watchInput)
    .output(eventIterator(events.signalOutput)),
};

const healthTable = {
  live: route('health', 'GET', '/health', 'Say that the agent is there').input(nothing).output(health.liveOutput),
  doctor: route('health', 'GET', '/health/checks', 'Check everything that commonly goes wrong')
    .input(nothing)
    .output(health.checksOutput),
};

const consoleTable = {
  link: route('console', 'POST', '/console/links', 'Make a login link for a browser, good once and for some minutes')
    .input(nothing)
    .output(consoles.loginLinksOutput),
  sessions: route('console', 'GET', '/console/sessions', 'List the sessions of browsers')
    .input(nothing)
    .output(consoles.sessionsOutput),
  end: route('console', 'DELETE', '/console/sessions/{session}', 'End a session of a browser')
    .input(consoles.sessionInput)
    .output(consoles.endedSessionsOutput),
  endAll: route('console', 'DELETE', '/console/sessions', 'End all sessions of browsers')
    .input(nothing)
    .output(consoles.endedSessionsOutput),
  renewToken: route(
    'console',
    'POST',
    '/console/token',
    'Make a new token for programs; the old one and all sessions end',
  )
    .input(nothing)
    .output(consoles.endedSessionsOutput),
};

const policyTable = {
  show: route('policy', 'GET', '/policy', 'Show what the cluster may do on this machine')
    .input(nothing)
    .output(policies.policyOutput),
  put: route('policy', 'PUT', '/policy', 'Change what the cluster may do on this machine')
    .input(policies.putPolicyInput)
    .output(policies.policyOutput),
};

/** The table. Its type has a name of its own, so that what is made of it has a type that can be written down. */
export type ApiContract = {
  readonly cluster: typeof clusterTable;
  readonly machines: typeof machinesTable;
  readonly pairing: typeof pairingTable;
  readonly recovery: typeof recoveryTable;
  readonly tasks: typeof tasksTable;
  readonly calendars: typeof calendarsTable;
  readonly channels: typeof channelsTable;
  readonly secrets: typeof secretsTable;
  readonly schedule: typeof scheduleTable;
  readonly runs: typeof runsTable;
  readonly statistics: typeof statisticsTable;
  readonly audit: typeof auditTable;
  readonly events: typeof eventsTable;
  readonly health: typeof healthTable;
  readonly console: typeof consoleTable;
  readonly policy: typeof policyTable;
  readonly backups: typeof backupsTable;
};

export const contract: ApiContract = {
  cluster: clusterTable,
  machines: machinesTable,
  pairing: pairingTable,
  recovery: recoveryTable,
  tasks: tasksTable,
  calendars: calendarsTable,
  channels: channelsTable,
  secrets: secretsTable,
  schedule: scheduleTable,
  runs: runsTable,
  statistics: statisticsTable,
  audit: auditTable,
  events: eventsTable,
  health: healthTable,
  console: consoleTable,
  policy: policyTable,
  backups: backupsTable,
};

/** A client of the table, over any carrier. */
export type ApiClient = ContractRouterClient<typeof contract>;
