/**
 * Who may write what in the document. Pure rules: what was in force in a change's causal past comes in, a verdict goes
 * out, the same on every machine.
 *
 *   tasks, calendars      editor
 *   secrets               admin or editor
 *   settings              admin; those of the cluster first by whoever founds it and is certified by its root key in the
 *                         same change, then without another id or root
 *   entry of a machine    admin; the machine itself its addresses and its sealing key, and everything with a certificate
 *                         of the root key; an executor the one step from no voter to voter
 */
import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import type { ClusterSettings } from '../document/document-protocol.ts';
import { clusterIdOf, type ClusterId, type MachineId } from '../domain/ids.ts';
import { ROLES, type Role, type RosterEntry } from '../domain/machine.ts';
import type { Verifier } from '../ports/signer.ts';
import { encodeValue } from '../protocol/codec.ts';
import { err, ok, type Result } from '../std/result.ts';
import { fromBase64Url } from './base64url.ts';

/** What a change writes, and what was there in its causal past. */
export type Attempt =
  | { readonly kind: 'task' | 'calendar' | 'secret' | 'setting' }
  | {
      readonly kind: 'cluster';
      readonly before: ClusterSettings | undefined;
      /** Undefined when it cannot be read. */
      readonly next: ClusterSettings | undefined;
      /** The author's own entry in the same change. */
      readonly founder: RosterEntry | undefined;
    }
  | {
      readonly kind: 'machine';
      readonly id: MachineId;
      /** Merged from all concurrent entries: see `mergeEntries`. */
      readonly before: RosterEntry | undefined;
      readonly next: RosterEntry | undefined;
      /** The settings of the cluster, in the past or in the same change. */
      readonly cluster: ClusterSettings | undefined;
    };

/** What the author must have; an empty list when anybody may. */
export interface Requirement {
  /** One of these roles. */
  readonly anyOf: readonly Role[];
  /** What it is needed for, such as "change the roster". */
  readonly to: string;
}

const CERTIFICATE_DOMAIN = utf8ToBytes('carillon-admin-1\0');

/** The roles of a machine by the entries of it that were in force; none when one of them says that it was removed. */
export function authorityOf(entries: readonly RosterEntry[], author: MachineId): readonly Role[] {
  const merged = mergeEntries(entries.filter(({ id }) => id === author));
  return merged === undefined || merged.removed ? [] : merged.roles;
}

/**
 * One entry for several concurrent ones of a machine: the first of them, but with only the roles that all give, removed if
 * any says so, and the strictest bounds to what the machine wrote. Undefined when there is none.
 * @param entries the one in force first.
 */
export function mergeEntries(entries: readonly RosterEntry[]): RosterEntry | undefined {
  const [first] = entries;
  if (first === undefined || entries.length === 1) return first;
  const shared = first.roles.filter((role) => entries.every(({ roles }) => roles.includes(role)));
  const lastChanges = mergeBounds(entries);
  const records = entries.flatMap(({ lastRecord }) => lastRecord ?? []);
  return {
    ...first,
    roles: shared.length === 0 ? ['viewer'] : shared,
    removed: entries.some(({ removed }) => removed),
    ...(lastChanges === undefined ? {} : { lastChanges }),
    ...(records.length === 0 ? {} : { lastRecord: Math.min(...records) }),
  };
}

/**
 * What a write needs of its author; the error says why nobody may write it.
 * @param verifier checks certificates.
 */
export function requiredFor(attempt: Attempt, author: MachineId, verifier: Verifier): Result<Requirement, string> {
  switch (attempt.kind) {
    case 'task':
      return need('change tasks', 'editor');
    case 'calendar':
      return need('change calendars', 'editor');
    case 'secret':
      return need('change secrets', 'admin', 'editor');
    case 'setting':
      return need('change settings', 'admin');
    case 'cluster':
      return requiredForCluster(attempt, author, verifier);
    case 'machine':
      return requiredForMachine(attempt, author, verifier);
  }
}

/** True when one of the roles is enough. */
export function permits({ anyOf }: Requirement, roles: readonly Role[]): boolean {
  return anyOf.length === 0 || anyOf.some((role) => roles.includes(role));
}

/** What the root key signs to make a machine an admin: "carillon-admin-1" NUL dag-cbor [cluster, machine]. */
export function certificateText(clusterId: ClusterId, machine: MachineId): Uint8Array {
  return concatBytes(CERTIFICATE_DOMAIN, encodeValue([clusterId, machine]));
}

/** True when `certificate` (base64url) is the root key's word that `machine` is an admin of the cluster. Never throws. */
export function verifyCertificate(
  verifier: Verifier,
  root: MachineId,
  clusterId: ClusterId,
  machine: MachineId,
  certificate: string,
): boolean {
  const signature = fromBase64Url(certificate);
  return signature !== undefined && verifier.verify(root, certificateText(clusterId, machine), signature);
}

function need(to: string, ...anyOf: Role[]): Result<Requirement, string> {
  return ok({ to, anyOf });
}

function requiredForCluster(
  attempt: Extract<Attempt, { kind: 'cluster' }>,
  author: MachineId,
  verifier: Verifier,
): Result<Requirement, string> {
  const { before, next, founder } = attempt;
  if (next === undefined) return err('the settings of the cluster cannot be read');
  if (next.id !== clusterIdOf(next.root)) return err('the cluster’s id is not that of its root key');
  if (before === undefined) {
    const certified = founder?.id === author && isCertified(founder, next, verifier);
    return certified ? need('found a cluster') : err('only a machine that the root key certifies founds a cluster');
  }
  if (next.id !== before.id || next.root !== before.root || next.createdAt !== before.createdAt) {
    return err('a cluster keeps its id, its root key and its date');
  }
  return need('change settings', 'admin');
}

function requiredForMachine(
  attempt: Extract<Attempt, { kind: 'machine' }>,
  author: MachineId,
  verifier: Verifier,
): Result<Requirement, string> {
  const { id, before, next, cluster } = attempt;
  if (next === undefined) return err('the entry of a machine cannot be read');
  if (next.id !== id) return err('it is the entry of another machine');
  if (id === author && before?.removed !== true && isCertified(next, cluster, verifier))
    return need('use a certificate');
  if (before === undefined || before.removed) return need('change the roster', 'admin');
  if (id === author && isSame(before, next, ['addresses', 'sealingKey'])) {
    return need('change its own addresses', ...ROLES);
  }
  const becomesVoter = !before.voter && next.voter && next.voterSince !== undefined;
  if (becomesVoter && isSame(before, next, ['voter', 'voterSince', 'voterToken'])) {
    return need('make a machine a voter', 'admin', 'executor');
  }
  return need('change the roster', 'admin');
}

function isCertified(entry: RosterEntry, cluster: ClusterSettings | undefined, verifier: Verifier): boolean {
  if (cluster === undefined || entry.certificate === undefined) return false;
  return verifyCertificate(verifier, cluster.root, cluster.id, entry.id, entry.certificate);
}

/** True when two entries differ in nothing but some fields. */
function isSame(before: RosterEntry, next: RosterEntry, but: readonly (keyof RosterEntry)[]): boolean {
  const bare = (entry: RosterEntry): string => {
    const fields = Object.entries(entry).filter(([name]) => !(but as readonly string[]).includes(name));
    return JSON.stringify(sorted(Object.fromEntries(fields)));
  };
  return bare(before) === bare(next);
}

/** The same data with the members of every object in one order, and absent ones left out. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return members.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, member]) => [name, sorted(member)]);
}

function mergeBounds(entries: readonly RosterEntry[]): Record<string, number> | undefined {
  const bounds: Record<string, number> = {};
  for (const actor of new Set(entries.flatMap(({ lastChanges }) => Object.keys(lastChanges ?? {})))) {
    const stated = entries.map(({ removed, lastChanges }) => lastChanges?.[actor] ?? (removed ? 0 : Infinity));
    bounds[actor] = Math.min(...stated);
  }
  return Object.keys(bounds).length === 0 ? undefined : bounds;
}
