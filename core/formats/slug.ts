/** Task ids made from the words of people, the same on every machine: `Nightly backup` → `nightly-backup`. */
import { hashId, type TaskId } from '../domain/ids.ts';

const MAX_LENGTH = 63;

/**
 * The id that a name stands for: lower case, accents dropped, everything but letters and digits as one hyphen. A name
 * without any Latin letter or digit gets `task-` and eight letters of its hash.
 */
export function slugOf(name: string): TaskId {
  const words = name
    .normalize('NFKD')
    .replace(/\p{Mark}/gu, '')
    .replaceAll('ß', 'ss')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-');
  const slug = trimHyphens(trimHyphens(words).slice(0, MAX_LENGTH));
  return (slug === '' ? `task-${hashId('task-name', name).slice(0, 8)}` : slug) as TaskId;
}

/** Hands out ids that are unique among those it handed out: the second `backup` becomes `backup-2`, and so on. */
export function uniqueSlugs(): (wanted: TaskId) => TaskId {
  const taken = new Set<string>();
  const lastCounts = new Map<string, number>();
  return (wanted) => {
    let id: string = wanted;
    let count = lastCounts.get(wanted) ?? 1;
    while (taken.has(id)) {
      count += 1;
      const suffix = `-${count}`;
      id = `${trimHyphens(wanted.slice(0, MAX_LENGTH - suffix.length))}${suffix}`;
    }
    lastCounts.set(wanted, count);
    taken.add(id);
    return id as TaskId;
  };
}

function trimHyphens(text: string): string {
  return text.replace(/^-+|-+$/g, '');
}
