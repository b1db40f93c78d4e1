/**
 * Processes of other users of this machine. Only an agent that runs as root can start them, and only where `setpriv` (of
 * util-linux) is there: it takes on the user, its group and all its groups, and then becomes the program itself, so that
 * no other process stands between. Who they are is known to the `UserDirectory`.
 */
import { userInfo } from 'node:os';
import type { LaunchRefusal } from './launch-refusal.ts';

export interface OtherUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
  readonly shell: string;
}

/** `own`: no other user is asked for. A refusal where none can be had; undefined where one can. */
export function otherUserRefusal(name: string | undefined): LaunchRefusal | 'own' | undefined {
  if (name === undefined || name === userInfo().username) return 'own';
  if (process.getuid?.() !== 0) {
    const text = `only an agent that runs as root can start tasks as another user (${name})`;
    return { code: 'PERMISSION_DENIED', text };
  }
  if (process.platform !== 'linux') {
    return { code: 'PERMISSION_DENIED', text: `tasks run as another user (${name}) on Linux only` };
  }
  return undefined;
}

export function isRefusal(found: OtherUser | LaunchRefusal): found is LaunchRefusal {
  return 'code' in found;
}

/** The command line that starts another one as that user. */
export function asUser({ uid, gid }: OtherUser, argv: readonly string[]): string[] {
  return ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--init-groups', '--inh-caps=-all', '--', ...argv];
}

/** What programs expect of the environment of a user. */
export function environmentOf({ name, home, shell }: OtherUser): Record<string, string> {
  return { HOME: home, USER: name, LOGNAME: name, SHELL: shell };
}
