/**
 * What a network of our own needs: root, network namespaces, `ip`; and for some cases `nft` with its rules for bridges, or
 * libfaketime. On Debian and Ubuntu what is missing is installed once, when there is a package source to take it from.
 * Where it cannot be had the cases that need it are left out, and the reason is printed.
 */
import { execFileSync } from 'node:child_process';
import { globSync } from 'node:fs';

export interface LanTools {
  /** Why there can be no network here; undefined when there can. */
  readonly noNetwork: string | undefined;
  /** Why single packets cannot be dropped; undefined when they can. */
  readonly noRules: string | undefined;
  /** The library that shifts the clock of one process, or undefined. */
  readonly shiftedClock: string | undefined;
}

const INSTALL_MS = 120_000;
const PACKAGES = ['iproute2', 'nftables', 'libfaketime'];
const CLOCK_LIBRARIES = ['/usr/lib/*/faketime/libfaketime.so.1', '/usr/lib/faketime/libfaketime.so.1'];

let found: LanTools | undefined;

/** Looks once, and says on standard error what is missing. */
export function lanTools(): LanTools {
  found ??= findTools();
  return found;
}

/** Runs a program to its end. Throws with what it said. @param input for its standard input. */
export function run(program: string, words: readonly string[], input?: string): string {
  return execFileSync(program, words, {
    encoding: 'utf8',
    stdio: 'pipe',
    timeout: INSTALL_MS,
    ...(input === undefined ? {} : { input }),
  });
}

function findTools(): LanTools {
  const impossible = whyImpossible();
  if (impossible !== undefined) {
    process.stderr.write(`no network of our own here, these tests are left out: ${impossible}\n`);
    return { noNetwork: impossible, noRules: impossible, shiftedClock: undefined };
  }
  if (!works('ip', ['-V']) || !works('nft', ['--version']) || clockLibrary() === undefined) install();
  const noNetwork = trial('ip netns', (name) => run('ip', ['netns', 'exec', name, 'true']));
  const noRules =
    noNetwork ??
    trial('nft for bridges', (name) => {
      run('ip', ['netns', 'exec', name, 'nft', '-f', '-'], TRIAL_RULES);
    });
  const shiftedClock = clockLibrary();
  if (noNetwork !== undefined) process.stderr.write(`these tests are left out: ${noNetwork}\n`);
  else if (noRules !== undefined) process.stderr.write(`cases of lost packets are left out: ${noRules}\n`);
  if (shiftedClock === undefined) process.stderr.write('cases of wrong clocks are left out: there is no libfaketime\n');
  return { noNetwork, noRules, shiftedClock };
}

const TRIAL_RULES = `table bridge trial {
  chain forward {
    type filter hook forward priority 0;
    oifname "none*" ether type { ip, ip6 } numgen random mod 100 < 20 drop;
  }
}
`;

function whyImpossible(): string | undefined {
  if (process.platform !== 'linux') return `network namespaces are of Linux, this is ${process.platform}`;
  if (process.getuid?.() !== 0) return 'only root may make network namespaces';
  return undefined;
}

/** Does something in a namespace that is removed again. @returns why it failed. */
function trial(what: string, act: (name: string) => void): string | undefined {
  const name = `carillon-try-${process.pid}`;
  try {
    run('ip', ['netns', 'add', name]);
    try {
      act(name);
    } finally {
      run('ip', ['netns', 'delete', name]);
    }
    return undefined;
  } catch (fault) {
    return `${what} does not work (${String(fault).split('\n')[0] ?? ''})`;
  }
}

function works(program: string, words: readonly string[]): boolean {
  try {
    run(program, words);
    return true;
  } catch {
    // Not installed: that is the question.
    return false;
  }
}

function clockLibrary(): string | undefined {
  return globSync(CLOCK_LIBRARIES)[0];
}

function install(): void {
  if (!works('apt-get', ['--version'])) return;
  const quietly = ['-qq', '-o', 'Dpkg::Use-Pty=0', '-y', '--no-install-recommends'];
  try {
    run('apt-get', ['-qq', 'update']);
    run('env', ['DEBIAN_FRONTEND=noninteractive', 'apt-get', ...quietly, 'install', ...PACKAGES]);
  } catch (fault) {
    process.stderr.write(`could not install ${PACKAGES.join(', ')}: ${String(fault).slice(0, 500)}\n`);
  }
}
