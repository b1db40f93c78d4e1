/**
 * Who gets which key. A task's owner follows from the machines' keys, which are random; so that one power cut shows both
 * a take-over and an interrupted run, and every machine has something to do, keys are made until the tasks fall as the
 * story needs. Nothing else is arranged: the machines find their owners as ever.
 */
import { mkdirSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { loadOrCreateKey } from '../../core/adapters/keys/key-file.ts';
import type { MachineId, TaskId } from '../../core/domain/ids.ts';
import { assignOwners } from '../../core/ring/bounded-load.ts';
import { HashRing } from '../../core/ring/hash-ring.ts';
import { ringPlace } from '../../core/ring/hash.ts';
import { AppErrorException } from '../../core/std/app-error.ts';

export interface Wish {
  /** Data folder that gets the key; it must not exist yet. */
  readonly dataFolder: string;
  /** Tasks that the machine shall own. */
  readonly owns: readonly string[];
}

interface Key {
  readonly id: MachineId;
  readonly folder: string;
}

/** Some 10 keys do, as a rule. */
const MOST_KEYS = 60;

/**
 * Makes a data folder with a key for each wish.
 * @param taskIds all tasks of the cluster
 * @param keyFolder where keys are made that nobody needs in the end
 */
export function dealKeys(wishes: readonly Wish[], taskIds: readonly string[], keyFolder: string): void {
  const keys: Key[] = [];
  while (keys.length < MOST_KEYS) {
    const made = makeKey(join(keyFolder, String(keys.length)));
    for (const others of choices(keys, wishes.length - 1)) {
      const hand = [...others, made];
      const dealt = deal(hand, wishes, taskIds);
      if (dealt === undefined) continue;
      for (const [wish, key] of dealt) {
        mkdirSync(dirname(wish.dataFolder), { recursive: true, mode: 0o700 });
        renameSync(key.folder, wish.dataFolder);
      }
      return;
    }
    keys.push(made);
  }
  throw new Error(`no ${wishes.length} of ${MOST_KEYS} keys share out the tasks of the crontab as the demo needs`);
}

function makeKey(folder: string): Key {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const key = loadOrCreateKey(folder);
  if (!key.ok) throw new AppErrorException(key.error);
  return { id: key.value.signer.self, folder };
}

/** The key for each wish, if these keys grant all of them. */
function deal(keys: readonly Key[], wishes: readonly Wish[], taskIds: readonly string[]): [Wish, Key][] | undefined {
  const ring = new HashRing(keys.map(({ id }) => ({ id, weight: 1 })));
  const placed = taskIds.map((id) => ({ id: id as TaskId, place: ringPlace(id), eligible: undefined }));
  const owners = assignOwners(ring, placed);
  const dealt: [Wish, Key][] = [];
  for (const wish of wishes) {
    const [owner, ...others] = new Set(wish.owns.map((id) => owners.get(id as TaskId)));
    const key = keys.find(({ id }) => id === owner);
    if (key === undefined || others.length > 0 || dealt.some(([, taken]) => taken === key)) return undefined;
    dealt.push([wish, key]);
  }
  return dealt;
}

/** All ways to choose `count` of `items`, regardless of order. */
function* choices<T>(items: readonly T[], count: number): Generator<T[]> {
  if (count === 0) {
    yield [];
    return;
  }
  for (const [index, item] of items.entries()) {
    for (const rest of choices(items.slice(index + 1), count - 1)) yield [item, ...rest];
  }
}
