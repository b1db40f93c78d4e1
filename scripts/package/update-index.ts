/**
 * What a place for updates tells of: `latest-linux.yml` and its like, which electron-builder writes anew for each kind of package
 * that it is asked for. All kinds of one version belong into it: each installed copy looks for its own.
 */
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';

interface UpdateIndex {
  readonly version: string;
  readonly files: readonly { readonly url: string; readonly sha512: string }[];
  /** Of the first file, for updaters of former times. */
  readonly path: string;
  readonly sha512: string;
}

/** Updaters read YAML 1.1, in which a date without quotes is no text. */
const AS_READ = { schema: 'yaml-1.1', lineWidth: 0 } as const;
const INDEX = /^latest[\w-]*\.yml$/;

/** Does its work, and adds what was told before it to what it tells. @param folder that is packed into; it need not be there */
export async function keepingUpdateIndexes<T>(folder: string, work: () => Promise<T>): Promise<T> {
  const before = readIndexes(folder);
  const result = await work();
  for (const [name, now] of readIndexes(folder)) {
    const former = before.get(name);
    if (former !== undefined) writeFileSync(join(folder, name), stringify(mergedIndex(former, now), AS_READ));
  }
  return result;
}

/** Files of another version are old; a file that was made anew takes the place of the one before. */
export function mergedIndex<T extends UpdateIndex>(former: T, now: T): T {
  if (former.version !== now.version) return now;
  const kept = former.files.filter(({ url }) => !now.files.some((file) => file.url === url));
  const files = [...kept, ...now.files];
  const [first] = files;
  return first === undefined ? now : { ...now, files, path: first.url, sha512: first.sha512 };
}

function readIndexes(folder: string): Map<string, UpdateIndex> {
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => INDEX.test(name)) : [];
  return new Map(names.map((name) => [name, parse(readFileSync(join(folder, name), 'utf8')) as UpdateIndex]));
}
