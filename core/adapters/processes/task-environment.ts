/** The environment that a task gets: the agent's own without what is private to it, then the task's, then the run's. */
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import type { LaunchMessage } from './launcher-protocol.ts';
import { RUN_MARKER } from './process-tree.ts';

/** Names that belong to the agent alone: its data folder and token, and what makes Electron behave as Node. */
const PRIVATE_NAME = /^(?:CARILLON_|ELECTRON_|NODE_CHANNEL_|NODE_UNIQUE_ID$)/i;

/** What the runtime of an AppImage tells the app that is in it. */
const IMAGE_NAME = /^(?:APPDIR|APPIMAGE|ARGV0|OWD)$/;

/**
 * The agent's environment as tasks may see it. An AppImage sets the folder that it is mounted in before the paths of programs and
 * libraries; tasks would load its libraries in the place of the system's, and lose them when the app ends.
 */
export function baseEnvironment(own: NodeJS.ProcessEnv): Record<string, string> {
  const { APPIMAGE, APPDIR = '' } = own;
  const image = APPIMAGE === undefined || !isAbsolute(APPDIR) ? '' : APPDIR;
  const base: Record<string, string> = {};
  for (const [name, value] of Object.entries(own)) {
    if (value === undefined || PRIVATE_NAME.test(name)) continue;
    if (image === '') base[name] = value;
    else if (!IMAGE_NAME.test(name)) {
      const rest = withoutImage(value, image);
      if (rest !== '' || value === '') base[name] = rest;
    }
  }
  return base;
}

/** A list of paths without those in a folder; any other text as it is. */
function withoutImage(value: string, folder: string): string {
  if (!value.includes(folder)) return value;
  return value
    .split(':')
    .filter((path) => path !== folder && !path.startsWith(`${folder}/`))
    .join(':');
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
