/**
 * Starts one run, at most once: its folder is made first, and a run whose folder exists is not started again but told
 * of as the folder knows it. What did not start is recorded in the folder as well.
 */
import { AwaitedRun } from './awaited-run.ts';
import { errorCode, messageOf, storageRefusal, type LaunchRefusal } from './launch-refusal.ts';
import type { LaunchMessage } from './launcher-protocol.ts';
import { startHttp } from './http-run.ts';
import { startProcess } from './process-run.ts';
import { redactEnding, withSecrets, type PlainSpec } from './run-secrets.ts';
import { makeRunFolder, readEnding, runPaths, type RunPaths } from './run-folder.ts';
import { isRefusal } from './run-as.ts';
import { concludeRun, type ActiveRun, type RunHost } from './run-host.ts';
import type { FoundUser } from './user-directory.ts';

/** Gives what is to be held until the host's `release`, or undefined when there is nothing to hold. Never waits. */
export function launchOne(host: RunHost, spec: LaunchMessage): ActiveRun | undefined {
  const { runId } = spec;
  const paths = runPaths(host.dataFolder, runId);
  try {
    if (!makeRunFolder(paths)) {
      host.emit({ ...(readEnding(paths) ?? { type: 'vanished' as const }), runId });
      return undefined;
    }
  } catch (error) {
    host.emit({ type: 'not-started', runId, ...folderRefusal(error) });
    return undefined;
  }
  const user = host.users.find(spec.user);
  if (!(user instanceof Promise)) return startNow(host, spec, paths, user);
  return new AwaitedRun(host, spec, paths, user, (found) => startNow(host, spec, paths, found));
}

function startNow(host: RunHost, spec: LaunchMessage, paths: RunPaths, user: FoundUser | undefined): ActiveRun {
  const { runId } = spec;
  const startedAt = Date.now();
  const plain = withSecrets(spec);
  const redaction = 'code' in plain ? undefined : plain.redaction;
  const refuse = (refusal: LaunchRefusal): void =>
    concludeRun(host, runId, paths, redactEnding(redaction, { type: 'not-started', ...refusal }));
  try {
    const started = 'code' in plain ? Promise.resolve(plain) : startAction(host, plain, paths, user);
    if (!(started instanceof Promise)) return started;
    void started.then(refuse);
  } catch (error) {
    host.secretFiles.remove(runId);
    // The launcher holds the run from its return on; only then may it be let go.
    setImmediate(() => refuse(folderRefusal(error)));
  }
  return { held: { runId, startedAt }, terminate: () => undefined };
}

function startAction(
  host: RunHost,
  spec: PlainSpec,
  paths: RunPaths,
  user: FoundUser | undefined,
): ActiveRun | Promise<LaunchRefusal> {
  const { action } = spec;
  if (action.type === 'http') return startHttp(host, { ...spec, action }, paths);
  if (user !== undefined && isRefusal(user)) return Promise.resolve(user);
  return startProcess(host, { ...spec, action }, paths, user);
}

function folderRefusal(error: unknown): LaunchRefusal {
  const full = storageRefusal(error);
  if (full !== undefined) return full;
  if (errorCode(error) === 'EACCES')
    return { code: 'PERMISSION_DENIED', text: 'the folder of the run may not be written' };
  return { code: 'SPAWN_FAILED', text: `the run could not be prepared: ${messageOf(error)}` };
}
