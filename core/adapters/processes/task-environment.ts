/** The environment that a task gets: the agent's own without what is private to it, then the task's, then the run's. */
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { LaunchMessage } from './launcher-protocol.ts';
import { RUN_MARKER } from './process-tree.ts';

/** Names that belong to the agent alone: its data folder and token, and what makes Electron behave as Node. */
const PRIVATE_NAME = /^(?:CARILLON_|ELECTRON_|NODE_CHANNEL_|NODE_UNIQUE_ID$)/i;

/** The agent's environment as tasks may see it. */
export function baseEnvironment(own: NodeJS.ProcessEnv): Record<string, string> {
  const base: Record<string, string> = {};
  for (const [name, value] of Object.entries(own)) {
    if (value !== undefined && !PRIVATE_NAME.test(name)) base[name] = value;
  }
  return base;
}

/** Later entries win: base, the action's, the run's, and last the marker by which the run's processes are found. */
export function taskEnvironment(
  base: Readonly<Record<string, string>>,
  actionEnvironment: Readonly<Record<string, string>>,
  spec: Pick<LaunchMessage, 'runId' | 'environment'>,
): Record<string, string> {
  return { ...base, ...actionEnvironment, ...spec.environment, [RUN_MARKER]: spec.runId };
}

/** `~` and `~/…` are in the home folder, which is also the default. @param home of the user as whom it runs */
export function resolveWorkingDirectory(workingDirectory: string | undefined, home: string = homedir()): string {
  if (workingDirectory === undefined || workingDirectory === '~') return home;
  if (workingDirectory.startsWith('~/')) return join(home, workingDirectory.slice(2));
  return workingDirectory;
}
