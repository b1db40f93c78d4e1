/**
 * The past of one task: who changed what, newest first, and the way back. What was written in one change is one entry.
 * Bringing back is an edit like any other, and is taken back the same way.
 */
import type { TaskOutput } from '../../../core/api/task-schemas.ts';
import type { Refusal } from '../client/refusal.ts';
import type { Translate } from '../i18n/language.svelte.ts';
import type { ApiAccess } from './api-access.svelte.ts';
import { jsonChanges } from './facet-diff.ts';
import { type WordedChange, wordedChanges } from './facet-words.ts';
import type { Notices } from './notices.svelte.ts';

export type FacetName = TaskOutput['conflicts'][number];

export interface RevisionPart {
  readonly facet: FacetName;
  readonly changes: readonly WordedChange[];
  /** It was made then; there is nothing before it. */
  readonly first: boolean;
}

export interface RevisionEntry {
  readonly changeHash: string;
  readonly authorName: string;
  /** Epoch milliseconds, by the author's clock. */
  readonly at: number;
  readonly kind: 'created' | 'changed' | 'deleted' | 'restored';
  readonly parts: readonly RevisionPart[];
  /** Its author had no right to it: it does not count. */
  readonly void: boolean;
  readonly signed: boolean;
  /** It is what holds now. */
  readonly current: boolean;
}

const MOST_REVISIONS = 200;

type Revision = Awaited<ReturnType<typeof historyOf>>['revisions'][number];

export class TaskRevisions {
  #revisions = $state.raw<readonly Revision[] | undefined>();
  #refusal = $state.raw<Refusal | undefined>();
  #busy = $state(false);
  readonly entries = $derived.by(() => (this.#revisions === undefined ? [] : entriesOf(this.#revisions, this.#t)));
  readonly #id: string;
  readonly #access: ApiAccess;
  readonly #notices: Notices;
  readonly #t: Translate;

  constructor(id: string, access: ApiAccess, notices: Notices, t: Translate) {
    this.#id = id;
    this.#access = access;
    this.#notices = notices;
    this.#t = t;
  }

  get loaded(): boolean {
    return this.#revisions !== undefined;
  }

  get refusal(): Refusal | undefined {
    return this.#refusal;
  }

  get busy(): boolean {
    return this.#busy;
  }

  async refresh(): Promise<void> {
    const found = await this.#access.call((api, signal) => historyOf(api, this.#id, signal));
    this.#refusal = found.ok ? undefined : found.refusal;
    if (found.ok) this.#revisions = found.value.revisions;
  }

  /** Makes the task, or one part of it, what it was after a change. */
  async bringBack(changeHash: string, facet?: FacetName): Promise<void> {
    const before = this.entries.find((entry) => !entry.void)?.changeHash;
    const outcome = await this.#revert(changeHash, facet);
    if (outcome === undefined) return;
    if (outcome === 'unchanged') {
      this.#notices.done(this.#t('task.sameAsThen'));
      return;
    }
    const undo =
      before === undefined ? undefined : { label: this.#t('tasks.undo'), run: () => void this.#undo(before) };
    this.#notices.done(this.#t('task.broughtBack'), undo);
  }

  async #undo(changeHash: string): Promise<void> {
    if ((await this.#revert(changeHash, undefined)) !== undefined) this.#notices.done(this.#t('task.undone'));
  }

  async #revert(changeHash: string, facet: FacetName | undefined): Promise<'changed' | 'unchanged' | undefined> {
    if (this.#busy) return undefined;
    this.#busy = true;
    const input = { id: this.#id, changeHash, ...(facet === undefined ? {} : { facet }) };
    const outcome = await this.#access.call((api, signal) => api.tasks.revert(input, { signal }));
    this.#busy = false;
    if (!outcome.ok) {
      this.#notices.refused(outcome.refusal);
      return undefined;
    }
    await this.refresh();
    return outcome.value.outcome;
  }
}

type Api = Parameters<Parameters<ApiAccess['call']>[0]>[0];

function historyOf(api: Api, id: string, signal: AbortSignal) {
  return api.tasks.history({ id, limit: MOST_REVISIONS }, { signal });
}

/** @param revisions newest first */
function entriesOf(revisions: readonly Revision[], t: Translate): readonly RevisionEntry[] {
  const groups = [...Map.groupBy(revisions, (revision) => revision.changeHash).values()];
  const current = groups.findIndex((group) => group.some((revision) => !revision.void));
  return groups.flatMap((group, index) => {
    const [head] = group;
    if (head === undefined) return [];
    return {
      changeHash: head.changeHash,
      authorName: head.authorName ?? head.author.slice(-8),
      at: Date.parse(head.changedAt),
      kind: kindOf(group),
      parts: group.flatMap(({ facet, before, after }) =>
        facet === 'deleted'
          ? []
          : { facet, changes: wordedChanges(jsonChanges(before, after), t), first: before === null },
      ),
      void: group.every((revision) => revision.void),
      signed: group.every((revision) => revision.signed),
      current: index === current,
    };
  });
}

function kindOf(group: readonly Revision[]): RevisionEntry['kind'] {
  const deletion = group.find(({ facet }) => facet === 'deleted');
  if (deletion !== undefined) return deletion.after === 'true' ? 'deleted' : 'restored';
  return group.some(({ before }) => before === null) ? 'created' : 'changed';
}
