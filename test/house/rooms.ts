/**
 * The rooms of the house: which may import which, and which packages. One table, read by `eslint.config.js` (so that an
 * editor shows a wrong import at once) and by `test/architecture.test.ts` (so that nobody can switch it off in passing).
 * Why the edges are as they are: docs/ARCHITECTURE.md and docs/adr/0007-rooms.md.
 */
import { posix } from 'node:path';

export interface Room {
  /** Rooms that it may import from, values and types. Itself is always allowed. */
  readonly imports: readonly string[];
  /** Rooms of which it may see types alone: `import type`, gone when the program runs. */
  readonly types: readonly string[];
  /** Packages; a name stands for its subpaths too. `node:` stands for all of Node, `*` for every package. */
  readonly packages: readonly string[];
}

/** Every room of core that decides. They know no clock, no chance, no process and no disk but what the ports give. */
const DECIDING = [
  'core/std',
  'core/config',
  'core/domain',
  'core/scheduling',
  'core/ring',
  'core/formats',
  'core/membership',
  'core/claims',
  'core/document',
  'core/protocol',
  'core/security',
  'core/history',
  'core/notifications',
  'core/ports',
  'core/peer',
  'core/api',
  'core/carrier',
] as const;

const BASE = ['core/std', 'core/config', 'core/domain'];
const EVERY_CORE_ROOM: readonly string[] = [...DECIDING, 'core/adapters'];
const RPC = ['@orpc/client', '@orpc/contract', '@orpc/server', '@orpc/json-schema', '@orpc/openapi', '@orpc/zod'];
const LIBP2P = ['libp2p', '@libp2p', '@multiformats/multiaddr'];
const PAGE = [
  'svelte',
  '@lucide/svelte',
  '@tanstack/svelte-virtual',
  '@fontsource-variable/inter',
  '@orpc/client',
  'i18next',
  '@internationalized/date',
  '@codemirror',
  '@lezer/highlight',
  'uqr',
  'yaml',
];
const ANYTHING: Room = { imports: ['*'], types: [], packages: ['*', 'node:'] };

export const ROOMS: Readonly<Record<string, Room>> = {
  'core/std': { imports: [], types: [], packages: [] },
  'core/config': { imports: ['core/std'], types: [], packages: [] },
  'core/domain': { imports: ['core/std', 'core/config'], types: [], packages: ['zod', '@noble/hashes'] },
  'core/scheduling': { imports: BASE, types: [], packages: ['cronstrue'] },
  'core/ring': { imports: BASE, types: [], packages: ['@noble/hashes'] },
  'core/formats': { imports: [...BASE, 'core/scheduling'], types: [], packages: ['zod', 'yaml', 'ical.js'] },
  'core/membership': { imports: [...BASE, 'core/ring'], types: [], packages: [] },
  'core/claims': { imports: [...BASE, 'core/ring'], types: [], packages: [] },
  'core/protocol': { imports: BASE, types: ['core/ports'], packages: ['zod', '@ipld/dag-cbor'] },
  'core/security': {
    imports: [...BASE, 'core/protocol'],
    types: ['core/ports', 'core/document'],
    packages: ['zod', '@noble/hashes', '@automerge/automerge', '@scure/bip39'],
  },
  'core/document': {
    imports: [...BASE, 'core/security'],
    types: [],
    packages: ['zod', '@noble/hashes', '@automerge/automerge'],
  },
  'core/history': { imports: BASE, types: ['core/ports'], packages: [] },
  'core/notifications': { imports: BASE, types: [], packages: ['zod', '@noble/hashes'] },
  'core/ports': {
    imports: [],
    types: DECIDING.filter((room) => room !== 'core/peer' && room !== 'core/carrier'),
    packages: [],
  },
  'core/peer': {
    imports: DECIDING.filter((room) => !['core/api', 'core/carrier', 'core/formats'].includes(room)),
    types: [],
    packages: ['zod', '@noble/hashes'],
  },
  'core/api': {
    imports: [...BASE, 'core/scheduling', 'core/history', 'core/formats'],
    types: ['core/peer', 'core/ports', 'core/document'],
    packages: ['zod', ...RPC],
  },
  'core/carrier': { imports: [], types: [], packages: [] },
  'core/adapters': {
    imports: [...BASE, 'core/document', 'core/protocol', 'core/security', 'core/history', 'core/peer'],
    types: ['core/ports', 'core/claims'],
    packages: ['node:', 'hpke', 'nodemailer', ...LIBP2P],
  },
  agent: {
    imports: [...BASE, 'core/scheduling', 'core/formats', 'core/api', 'core/carrier', 'core/adapters'],
    types: ['core/ports', 'core/peer'],
    packages: ['node:', 'commander', 'ws', 'yaml', 'zod', ...RPC],
  },
  electron: {
    imports: [...BASE, 'core/api', 'core/carrier', 'core/adapters', 'agent'],
    types: ['core/ports', 'core/peer'],
    packages: ['node:', 'electron', 'electron-updater', '@orpc/client', 'ws', 'zod'],
  },
  renderer: {
    imports: ['core/scheduling', 'core/formats', 'core/carrier'],
    types: ['core/api', 'core/domain', 'core/std'],
    packages: [...PAGE, 'uplot', 'bits-ui', 'zod'],
  },
  scripts: ANYTHING,
  test: ANYTHING,
  bench: ANYTHING,
  '.': ANYTHING,
};

/** Rooms whose files may import each other in a circle, and why. Everywhere else a circle is a fault. */
export const CIRCLES_ALLOWED: Readonly<Record<string, string>> = {
  'core/peer':
    'the steps are one function, `step`, spread over files by concern: what a step in one file decides is often the ' +
    'first step of another concern. They share no module state and run nothing when loaded, so the order of loading is free.',
};

/** The room of a file, by its path from the root of the tree with forward slashes. */
export function roomOf(path: string): string {
  const [first, second, third] = path.split('/');
  if (first === undefined || second === undefined) return '.';
  if (first === 'core' && third !== undefined) return `core/${second}`;
  return first in ROOMS ? first : '.';
}

/** True for core without its adapters: there, time, chance and the world come in through ports alone. */
export function isDeciding(path: string): boolean {
  return (DECIDING as readonly string[]).includes(roomOf(path));
}

export interface ImportQuestion {
  /** The importing file, from the root of the tree. */
  readonly from: string;
  /** As written between the quotes. */
  readonly specifier: string;
  /** `import type` and `export type`; inline `type` marks do not count, because the module is loaded all the same. */
  readonly typeOnly: boolean;
}

/** Why this import is not allowed, in words that name the way out; undefined when it is. */
export function judgeImport({ from, specifier, typeOnly }: ImportQuestion): string | undefined {
  const name = roomOf(from);
  const room = ROOMS[name];
  if (room === undefined) return `${name} is no room of test/house/rooms.ts: add it there, with what it may import`;
  if (!specifier.startsWith('.')) return judgePackage(name, room, specifier);
  const target = roomOf(posix.join(posix.dirname(from), specifier));
  if (target === name || room.imports.includes('*') || room.imports.includes(target)) return undefined;
  if (room.types.includes(target)) {
    return typeOnly ? undefined : `${name} may see types of ${target} alone: write "import type"`;
  }
  const allowed = [...room.imports, ...room.types.map((type) => `${type} (types)`)].join(', ');
  return `${name} may not import from ${target}; it may from: ${allowed === '' ? 'no other room' : allowed}`;
}

function judgePackage(name: string, room: Room, specifier: string): string | undefined {
  const isNode = specifier.startsWith('node:');
  const allowed = room.packages.some((entry) => {
    if (entry === 'node:') return isNode;
    return !isNode && (entry === '*' || specifier === entry || specifier.startsWith(`${entry}/`));
  });
  if (allowed) return undefined;
  if (isNode) {
    return EVERY_CORE_ROOM.includes(name)
      ? `${name} may not import ${specifier}: Node is for core/adapters; ask for what you need through a port of core/ports`
      : `${name} may not import ${specifier}: this room knows no Node`;
  }
  const list = room.packages.length === 0 ? 'none' : room.packages.join(', ');
  return `${name} may not import the package ${specifier}; its packages: ${list}`;
}
