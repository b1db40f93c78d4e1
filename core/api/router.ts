/** The table with its handlers, ready for any carrier. */
import { LIMITS } from '../config/constants.ts';
import type { PeerHandle } from '../peer/peer-handle.ts';
import type { ApiHost } from './api-host.ts';
import { auditLogProcedures } from './audit-log-procedures.ts';
import { backupProcedures } from './backup-procedures.ts';
import { calendarProcedures } from './calendar-procedures.ts';
import type { Router } from '@orpc/server';
import { channelProcedures } from './channel-procedures.ts';
import { clusterProcedures } from './cluster-procedures.ts';
import { consoleProcedures } from './console-procedures.ts';
import type { ApiContract } from './contract.ts';
import { eventProcedures, healthProcedures } from './health-procedures.ts';
import { type ApiParts, type NoContext, createImplementer } from './implementer.ts';
import { machineProcedures } from './machine-procedures.ts';
import { pairingProcedures } from './pairing-procedures.ts';
import { recoveryProcedures } from './recovery-procedures.ts';
import { policyProcedures } from './policy-procedures.ts';
import { runProcedures } from './run-procedures.ts';
import { scheduleProcedures } from './schedule-procedures.ts';
import { secretProcedures } from './secret-procedures.ts';
import { statisticsProcedures } from './statistics-procedures.ts';
import { StreamGate } from './stream-gate.ts';
import { taskFileProcedures } from './task-file-procedures.ts';
import { taskProcedures } from './task-procedures.ts';

/**
 * @param peer the running peer that answers.
 * @param host the program around it.
 */
export function createRouter(peer: PeerHandle, host: ApiHost): ApiRouter {
  const parts: ApiParts = {
    os: createImplementer(host),
    peer,
    host,
    streams: new StreamGate(LIMITS.consoleStreams),
  };
  return parts.os.router({
    cluster: clusterProcedures(parts),
    machines: machineProcedures(parts),
    pairing: pairingProcedures(parts),
    recovery: recoveryProcedures(parts),
    tasks: { ...taskProcedures(parts), ...taskFileProcedures(parts) },
    calendars: calendarProcedures(parts),
    channels: channelProcedures(parts),
    secrets: secretProcedures(parts),
    schedule: scheduleProcedures(parts),
    runs: runProcedures(parts),
    statistics: statisticsProcedures(parts),
    audit: auditLogProcedures(parts),
    events: eventProcedures(parts),
    health: healthProcedures(parts),
    console: consoleProcedures(parts),
    policy: policyProcedures(parts),
    backups: backupProcedures(parts),
  });
}

/** Named, because what the compiler finds out by itself is longer than it can write down. */
export type ApiRouter = Router<ApiContract, NoContext>;
