/**
 * Users of this machine, looked up by `getent`, which asks whatever directory the system is set to (files, LDAP, …) and may
 * have to wait for it. So it is asked in the background, and each answer is remembered for a while: one that is remembered
 * is given at once. At most so many questions are under way; those for one name share an answer. What does not answer in
 * time is a refusal that says so. That a user does not exist is not remembered: somebody may just be making it.
 */
import { execFile } from 'node:child_process';
import { PROCESSES } from '../../config/processes.ts';
import { errorCode, messageOf, type LaunchRefusal } from './launch-refusal.ts';
import { type OtherUser, otherUserRefusal } from './run-as.ts';

export type FoundUser = OtherUser | LaunchRefusal;

/** Runs a program: its standard output, or undefined when it ends with another exit code than 0. Rejects otherwise. */
export type Ask = (file: string, words: readonly string[], timeoutMs: number) => Promise<string | undefined>;

interface Known {
  readonly user: OtherUser;
  readonly untilMs: number;
}

export class UserDirectory {
  readonly #ask: Ask;
  /** Of the users that were looked up last, oldest first. */
  readonly #known = new Map<string, Known>();
  readonly #asking = new Map<string, Promise<FoundUser>>();

  /** @param ask for tests; the system's `getent` by default */
  constructor(ask: Ask = askProgram) {
    this.#ask = ask;
  }

  /** Undefined: no other user than the launcher's own is asked for. Never rejects. */
  find(name: string | undefined): FoundUser | undefined | Promise<FoundUser> {
    const refusal = otherUserRefusal(name);
    if (name === undefined || refusal === 'own') return undefined;
    if (refusal !== undefined) return refusal;
    const known = this.#known.get(name);
    if (known !== undefined && known.untilMs > performance.now()) return known.user;
    const asking = this.#asking.get(name);
    if (asking !== undefined) return asking;
    if (this.#asking.size >= PROCESSES.userLookups) {
      return unavailable(name, `${PROCESSES.userLookups} others are being looked up`);
    }
    const asked = this.#lookUp(name).finally(() => this.#asking.delete(name));
    this.#asking.set(name, asked);
    return asked;
  }

  async #lookUp(name: string): Promise<FoundUser> {
    let entry: string | undefined;
    try {
      entry = await this.#ask('getent', ['passwd', '--', name], PROCESSES.userLookupMs);
    } catch (error) {
      return unavailable(name, reasonOf(error));
    }
    const user = entry === undefined ? undefined : parseUser(name, entry);
    if (user === undefined) return { code: 'PERMISSION_DENIED', text: `this machine has no user "${name}"` };
    this.#remember(user);
    return user;
  }

  #remember(user: OtherUser): void {
    this.#known.delete(user.name);
    for (const oldest of this.#known.keys()) {
      if (this.#known.size < PROCESSES.rememberedUsers) break;
      this.#known.delete(oldest);
    }
    this.#known.set(user.name, { user, untilMs: performance.now() + PROCESSES.rememberedUserMs });
  }
}

/** A line of passwd(5). */
function parseUser(name: string, entry: string): OtherUser | undefined {
  const [, , uid, gid, , home = '/', shell = '/bin/sh'] = entry.trim().split(':');
  if (uid === undefined || gid === undefined || !/^\d+$/.test(uid) || !/^\d+$/.test(gid)) return undefined;
  return { name, uid: Number(uid), gid: Number(gid), home, shell };
}

function unavailable(name: string, reason: string): LaunchRefusal {
  return { code: 'USER_UNAVAILABLE', text: `the user "${name}" could not be looked up: ${reason}` };
}

function reasonOf(error: unknown): string {
  if (errorCode(error) === 'ENOENT') return 'this machine has no getent';
  if (error instanceof Error && 'killed' in error && error.killed === true) {
    return `no answer within ${PROCESSES.userLookupMs / 1000} s`;
  }
  return messageOf(error);
}

function askProgram(file: string, words: readonly string[], timeoutMs: number): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    execFile(file, [...words], { timeout: timeoutMs, killSignal: 'SIGKILL' }, (error, stdout) => {
      if (error === null) resolve(stdout);
      else if (typeof error.code === 'number') resolve(undefined);
      else reject(error instanceof Error ? error : new Error('it could not be asked'));
    });
  });
}
