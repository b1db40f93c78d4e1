/** Handlers of the group `backups`: of this machine. Bringing tasks back is an edit like any other, signed here. */
import type { Task, TaskDefinition } from '../domain/task.ts';
import { FACET_NAMES, type FacetName, taskDefinitionSchema } from '../domain/task.ts';
import { BACKUP } from '../config/storage.ts';
import { BACKUP_FORMAT } from '../domain/backup.ts';
import { appError } from '../std/app-error.ts';
import type { BackupFile } from './api-host.ts';
import { toApiError } from './api-errors.ts';
import { isoOf } from './api-values.ts';
import type { BackupTasksOutput } from './backup-schemas.ts';
import { type ApiParts, valueOf } from './implementer.ts';

export function backupProcedures({ os, peer, host }: ApiParts) {
  const downloads = new DownloadNotes();
  const read = async (name: string) => valueOf(await host.backups.read(name));
  return {
    make: os.backups.make.handler(async () => {
      const { cluster, self } = peer.view;
      if (cluster === undefined) throw toApiError(appError('NO_CLUSTER', 'this machine is no member of a cluster'));
      const tasks = peer.view.tasks().map((task) => JSON.stringify(definitionOf(task)));
      const machineName = peer.view.machines().find(({ entry }) => entry.id === self)?.entry.name ?? '';
      const label = {
        format: BACKUP_FORMAT,
        clusterId: cluster.id,
        clusterName: cluster.name,
        machineId: self,
        machineName,
        madeAt: host.wallMs(),
        version: host.version,
        taskCount: tasks.length,
      } as const;
      return backupOutputOf(valueOf(await host.backups.make(label, tasks)));
    }),
    list: os.backups.list.handler(async () => ({ backups: (await host.backups.list()).map(backupOutputOf) })),
    remove: os.backups.remove.handler(async ({ input }) => {
      valueOf(await host.backups.remove(input.name));
      return { name: input.name };
    }),
    tasks: os.backups.tasks.handler(async ({ input }) => {
      const { label, tasks } = await read(input.name);
      return comparisonOf(label, tasks, (id) => peer.view.task(id));
    }),
    download: os.backups.download.handler(async ({ input: { name, offset, limit } }) => {
      const { bytes, sizeBytes } = valueOf(await host.backups.readPiece(name, offset, limit));
      const nextOffset = offset + bytes.length;
      if (downloads.begins(name, offset, nextOffset)) {
        const detail = `a copy of the backup was taken from byte ${offset} on, of ${sizeBytes}`;
        peer.noteAudit('backup-downloaded', { by: peer.view.self, subject: name, detail });
      }
      return { name, offset, nextOffset, sizeBytes, data: host.encodeBase64(bytes) };
    }),
    bringBack: os.backups.bringBack.handler(async ({ input }) => {
      const { label, tasks } = await read(input.name);
      if (label.clusterId !== peer.view.cluster?.id) {
        throw toApiError(appError('BACKUP_INVALID', `the backup is of another cluster, "${label.clusterName}"`));
      }
      const wanted = new Set<string>(input.ids);
      const definitions = tasks.flatMap((text) => definitionFrom(text) ?? []).filter(({ id }) => wanted.has(id));
      const absent = input.ids.find((id) => !definitions.some((definition) => definition.id === id));
      if (absent !== undefined) {
        throw toApiError(appError('TASK_NOT_FOUND', `the backup holds no task "${absent}" that can be read`));
      }
      const applied = valueOf(await peer.execute({ kind: 'put-tasks', definitions, mode: 'upsert' }));
      return { tasks: [...applied.tasks] };
    }),
  };
}

/**
 * Tells the beginning of a download from its next pieces, so that each stands in the audit log once, wherever in the file
 * it begins.
 */
class DownloadNotes {
  readonly #next = new Map<string, number>();

  /** Whether these bytes of a backup do not follow those that were given last. @param name of one that is there. */
  begins(name: string, offset: number, nextOffset: number): boolean {
    const follows = offset > 0 && this.#next.get(name) === offset;
    this.#next.delete(name);
    this.#next.set(name, nextOffset);
    const [oldest] = this.#next.keys();
    if (this.#next.size > BACKUP.kept && oldest !== undefined) this.#next.delete(oldest);
    return !follows;
  }
}

function comparisonOf(
  label: { readonly madeAt: number; readonly machineName: string; readonly clusterName: string },
  texts: readonly string[],
  present: (id: TaskDefinition['id']) => Task | undefined,
): BackupTasksOutput {
  const definitions = texts.flatMap((text) => definitionFrom(text) ?? []);
  const tasks = definitions.map((definition) => {
    const now = present(definition.id);
    const facets = now === undefined ? [] : FACET_NAMES.filter((facet) => differs(definition, now, facet));
    const state =
      now === undefined ? ('missing' as const) : facets.length > 0 ? ('changed' as const) : ('same' as const);
    return { id: definition.id, name: definition.about.name, state, facets };
  });
  const order = { missing: 0, changed: 1, same: 2 } as const;
  tasks.sort((a, b) => order[a.state] - order[b.state] || (a.id < b.id ? -1 : 1));
  return {
    madeAt: isoOf(label.madeAt),
    machineName: label.machineName,
    clusterName: label.clusterName,
    tasks,
    unreadable: texts.length - definitions.length,
  };
}

/** Both sides in the order of the schema, so that the same is the same text. */
function differs(then: TaskDefinition, now: Task, facet: FacetName): boolean {
  const schema = taskDefinitionSchema.shape[facet];
  return JSON.stringify(schema.parse(then[facet])) !== JSON.stringify(schema.parse(now[facet]));
}

function definitionOf({ id, about, schedule, action, placement, policy, notify }: TaskDefinition): TaskDefinition {
  return { id, about, schedule, action, placement, policy, ...(notify === undefined ? {} : { notify }) };
}

/** Undefined when this version does not understand it. */
function definitionFrom(text: string): TaskDefinition | undefined {
  try {
    const parsed = taskDefinitionSchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : undefined;
  } catch {
    // Counted as unreadable.
    return undefined;
  }
}

function backupOutputOf({ name, path, sizeBytes, madeAt }: BackupFile) {
  return { name, path, sizeBytes, madeAt: isoOf(madeAt) };
}
