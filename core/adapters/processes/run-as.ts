/**
 * Processes of other users of this machine. Only an agent that runs as root can start them, and only where `setpriv` (of
 * util-linux) is there: it takes on the user, its group and all its groups, and then becomes the program itself, so that
 * no other process stands between.
 */
import { execFileSync } from 'node:child_process';
import { userInfo } from 'node:os';
import type { LaunchRefusal } from './launch-refusal.ts';

export interface OtherUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
  readonly shell: string;
}

const LOOKUP_MS = 2000;

/** Undefined: no other user is asked for. A refusal when it cannot be had. */
export function findOtherUser(name: string | undefined): OtherUser | LaunchRefusal | undefined {
  if (name === undefined || name === userInfo().username) return undefined;
  if (process.getuid?.() !== 0) {
    const text = `only an agent that runs as root can start tasks as another user (${name})`;
    return { code: 'PERMISSION_DENIED', text };
  }
  if (process.platform !== 'linux') {
    return { code: 'PERMISSION_DENIED', text: `tasks run as another user (${name}) on Linux only` };
  }
  const entry = lookUp(name);
  const [, , uid, gid, , home = '/', shell = '/bin/sh'] = entry?.trim().split(':') ?? [];
  if (uid === undefined || gid === undefined) {
    return { code: 'PERMISSION_DENIED', text: `this machine has no user "${name}"` };
  }
  return { name, uid: Number(uid), gid: Number(gid), home, shell };
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

/** The line of passwd(5), from whichever directory the system asks. */
function lookUp(name: string): string | undefined {
  try {
    return execFileSync('getent', ['passwd', name], {
      encoding: 'utf8',
      timeout: LOOKUP_MS,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  } catch {
    // getent ends with 2 when nobody has that name.
    return undefined;
  }
}
