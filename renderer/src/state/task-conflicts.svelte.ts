/** Edits of one task that contradict each other: both values of each part side by side, and the choice between them. */
import type { TaskOutput } from '../../../core/api/task-schemas.ts';
import type { Refusal } from '../client/refusal.ts';
import type { Translate } from '../i18n/language.svelte.ts';
import type { ApiAccess } from './api-access.svelte.ts';
import { fieldChanges } from './facet-diff.ts';
import { type WordedChange, wordedChanges } from './facet-words.ts';
import type { Notices } from './notices.svelte.ts';

export type FacetName = TaskOutput['conflicts'][number];

export interface ConflictSide {
  /** Names this value when it is chosen. */
  readonly key: string;
  readonly authorName: string;
  /** Epoch milliseconds, by the author's clock. */
  readonly at: number;
  readonly inForce: boolean;
  /** What it says in the fields in which the values differ. */
  readonly fields: readonly WordedChange[];
}

export interface Conflict {
  readonly facet: FacetName;
  /** The one in force first. */
  readonly sides: readonly ConflictSide[];
}

export class TaskConflicts {
  #list = $state.raw<readonly Conflict[] | undefined>();
  #refusal = $state.raw<Refusal | undefined>();
  #busy = $state(false);
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

  /** Undefined until they are known. */
  get list(): readonly Conflict[] | undefined {
    return this.#list;
  }

  get refusal(): Refusal | undefined {
    return this.#refusal;
  }

  get busy(): boolean {
    return this.#busy;
  }

  /** @param facets the parts that are in conflict */
  async refresh(facets: readonly FacetName[]): Promise<void> {
    const found = await this.#access.call((api, signal) =>
      Promise.all(
        facets.map(async (facet) => {
          const { values } = await api.tasks.conflicts({ id: this.#id, facet }, { signal });
          return { facet, values };
        }),
      ),
    );
    this.#refusal = found.ok ? undefined : found.refusal;
    if (!found.ok) return;
    this.#list = found.value.map(({ facet, values }) => {
      const inForce = values.find((value) => value.inForce);
      const rivals = values.filter((value) => !value.inForce);
      const fieldsOf = (value: (typeof values)[number]): readonly WordedChange[] => {
        const others = value.inForce ? rivals : [inForce];
        const changes = others.flatMap((other) => fieldChanges(parsed(other?.value), parsed(value.value)));
        return wordedChanges([...new Map(changes.map((change) => [change.path, change])).values()], this.#t);
      };
      const sides = values.map((value) => ({
        key: value.key,
        authorName: value.authorName ?? value.author.slice(-8),
        at: Date.parse(value.changedAt),
        inForce: value.inForce,
        fields: fieldsOf(value),
      }));
      return { facet, sides: sides.sort((a, b) => Number(b.inForce) - Number(a.inForce)) };
    });
  }

  /** Keeps one value for good. */
  async settle(facet: FacetName, chosen: string): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    const outcome = await this.#access.call((api, signal) =>
      api.tasks.settle({ id: this.#id, facet, chosen }, { signal }),
    );
    this.#busy = false;
    if (outcome.ok) {
      this.#list = (this.#list ?? []).filter((conflict) => conflict.facet !== facet);
      this.#notices.done(this.#t('task.settled'));
    } else this.#notices.refused(outcome.refusal);
  }
}

function parsed(text: string | undefined): unknown {
  return text === undefined ? undefined : (JSON.parse(text) as unknown);
}
