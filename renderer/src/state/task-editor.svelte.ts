/**
 * The editor of one task: what is typed, what is wrong with it, what others save meanwhile, and the save itself. All of
 * a definition is here at once; facets that nobody touched are written back as they were, and refused when somebody
 * else has changed them, so that nothing is overwritten unseen.
 */
import type { TaskOutput } from '../../../core/api/task-schemas.ts';
import type { FacetName, TaskDefinition } from '../../../core/domain/task.ts';
import { slugOf } from '../../../core/formats/slug.ts';
import type { Refusal } from '../client/refusal.ts';
import type { Translate } from '../i18n/language.svelte.ts';
import type { ApiAccess } from './api-access.svelte.ts';
import { EditorChecks, type Problems } from './editor-checks.svelte.ts';
import type { Scheduler } from './scheduler.ts';
import { type Revisions, definitionFrom, revisionsOf, same, withFacet } from './task-definition.ts';
import type { StoredDraft, TaskDrafts } from './task-drafts.ts';
import { mergeDefinitions } from './task-merge.ts';

/** What somebody else saved while this editor was open. */
export interface ForeignSave {
  readonly facet: FacetName;
  readonly by: string;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly before: unknown;
  readonly theirs: unknown;
  /** Both changed it: a person chooses. */
  readonly contested: boolean;
}

export interface EditorParts {
  readonly access: ApiAccess;
  readonly scheduler: Scheduler;
  readonly drafts: TaskDrafts;
  readonly t: Translate;
}

const DRAFT_PAUSE_MS = 400;
export const NEW_DRAFT = 'new';

export class TaskEditor {
  readonly checks: EditorChecks;
  #definition = $state.raw() as TaskDefinition;
  #base = $state.raw() as TaskDefinition;
  #revisions: Revisions | undefined;
  #foreign = $state.raw<readonly ForeignSave[]>([]);
  #offered = $state.raw<StoredDraft | undefined>();
  #touched = $state.raw<ReadonlySet<string>>(new Set());
  #local = $state.raw<Problems>(new Map());
  #tried = $state(false);
  #saving = $state(false);
  #gone = $state(false);
  #refusal = $state.raw<Refusal | undefined>();
  #idTyped = $state(false);
  #cancelDraft: () => void = () => undefined;
  #readTyped: () => void = () => undefined;
  readonly dirty = $derived.by(() => !same(this.#definition, this.#base));
  readonly contested = $derived.by(() => this.#foreign.filter((save) => save.contested));
  readonly #parts: EditorParts;

  /** @param start a saved task, or what a new one begins with. */
  constructor(parts: EditorParts, start: TaskOutput | TaskDefinition) {
    this.#parts = parts;
    this.checks = new EditorChecks(parts.access, parts.scheduler, parts.t);
    const saved = 'definition' in start;
    this.#definition = saved ? definitionFrom(start.definition) : start;
    this.#base = this.#definition;
    if (saved) this.#revisions = revisionsOf(start);
    const draft = parts.drafts.read(this.#draftKey);
    if (draft !== undefined && !same(draft.definition, this.#definition)) this.#offered = draft;
    void this.checks.now(this.#definition);
  }

  get definition(): TaskDefinition {
    return this.#definition;
  }

  get isNew(): boolean {
    return this.#revisions === undefined;
  }

  get saving(): boolean {
    return this.#saving;
  }

  /** Somebody deleted the task meanwhile; to save brings it back. */
  get gone(): boolean {
    return this.#gone;
  }

  /** Why the last save was refused, when that belongs to no field. */
  get refusal(): Refusal | undefined {
    return this.#refusal;
  }

  /** What others saved since this editor was opened. */
  get foreign(): readonly ForeignSave[] {
    return this.#foreign;
  }

  /** A draft of an earlier visit. */
  get offered(): StoredDraft | undefined {
    return this.#offered;
  }

  /** Changes some keys of a facet. */
  set<F extends FacetName>(
    facet: F,
    patch: { readonly [K in keyof NonNullable<TaskDefinition[F]>]?: NonNullable<TaskDefinition[F]>[K] | undefined },
  ): void {
    this.#touched = new Set([...this.#touched, ...Object.keys(patch).map((key) => `${facet}.${key}`)]);
    this.#put(withFacet(this.#definition, facet, patch));
  }

  setAction(action: TaskDefinition['action']): void {
    this.#put({ ...this.#definition, action });
  }

  setId(id: string): void {
    this.#idTyped = true;
    this.#touched = new Set([...this.#touched, 'id']);
    this.#put({ ...this.#definition, id: id as TaskDefinition['id'] });
  }

  /** Takes a whole definition, such as one that was written as YAML; a saved task keeps its id. */
  replace(definition: TaskDefinition): void {
    if (this.isNew) this.#idTyped = definition.id !== slugOf(definition.about.name);
    this.#put(this.isNew ? definition : { ...definition, id: this.#definition.id });
  }

  /** Reads what was typed and is read only once typing pauses; called before the definition is saved or tried. */
  set readTyped(read: () => void) {
    this.#readTyped = read;
  }

  /** A field that cannot be read as it stands, or can again. */
  note(path: string, problem: string | undefined): void {
    if (this.#local.get(path) === problem) return;
    const local = new Map(this.#local);
    if (problem === undefined) local.delete(path);
    else local.set(path, problem);
    this.#local = local;
  }

  /** What is wrong at a field or below it, as soon as it was touched or a save was tried. */
  problemAt(path: string): string | undefined {
    const noted = this.#local.get(path);
    if (noted !== undefined) return noted;
    if (!this.#tried && ![...this.#touched].some((touched) => within(touched, path) || within(path, touched))) {
      return undefined;
    }
    return [...this.checks.problems].find(([at]) => within(at, path))?.[1];
  }

  /** Everything that is wrong, for a list beside the save button; empty until a save was tried. */
  get listed(): readonly string[] {
    if (!this.#tried) return [];
    return [...new Set([...this.#local.values(), ...this.checks.problems.values()])];
  }

  /** Whether nothing is wrong, as far as can be told; what is stands at its field from now on. */
  async isSound(): Promise<boolean> {
    this.#readTyped();
    this.#tried = true;
    return (await this.checks.now(this.#definition)) !== false && this.#local.size === 0;
  }

  /** Saves; the id of the task, or undefined when something is wrong, which the fields or `refusal` then say. */
  async save(): Promise<string | undefined> {
    if (this.#saving || this.contested.length > 0) return undefined;
    this.#readTyped();
    this.#saving = true;
    this.#refusal = undefined;
    const definition = this.#definition;
    try {
      if (!(await this.isSound())) return undefined;
      const expectRevisions = this.#gone ? undefined : this.#revisions;
      const applied = await this.#parts.access.call((api, signal) =>
        api.tasks.apply(
          {
            definitions: [definition],
            mode: this.isNew ? 'create' : 'upsert',
            ...(expectRevisions === undefined ? {} : { expectRevisions }),
          },
          { signal },
        ),
      );
      if (applied.ok) {
        this.#cancelDraft();
        this.#parts.drafts.remove(this.#draftKey);
        this.#base = definition;
        return definition.id;
      }
      if (applied.refusal.code === 'DOCUMENT_CONFLICT') await this.lookAgain();
      this.#refusal = this.contested.length > 0 ? undefined : applied.refusal;
      return undefined;
    } finally {
      this.#saving = false;
    }
  }

  /** Somebody may have saved the task: takes over what only they changed, and tells what both did. */
  async lookAgain(): Promise<void> {
    if (this.isNew) return;
    const { id } = this.#definition;
    const outcome = await this.#parts.access.call((api, signal) => api.tasks.get({ id }, { signal }));
    if (!outcome.ok) {
      this.#gone = outcome.refusal.code === 'TASK_NOT_FOUND';
      return;
    }
    this.#gone = false;
    const task = outcome.value;
    const theirs = definitionFrom(task.definition);
    const base = this.#base;
    this.#revisions = revisionsOf(task);
    if (same(theirs, base)) return;
    const { definition, taken, contested } = mergeDefinitions(base, this.#definition, theirs);
    const known = this.#foreign.filter(({ facet }) => !taken.includes(facet) && !contested.includes(facet));
    const told = (facet: FacetName, isContested: boolean): ForeignSave => {
      const { author, authorName, changedAt } = task.origins[facet];
      const by = authorName ?? author;
      return {
        facet,
        by,
        at: Date.parse(changedAt),
        before: base[facet],
        theirs: theirs[facet],
        contested: isContested,
      };
    };
    this.#foreign = [
      ...known,
      ...taken.map((facet) => told(facet, false)),
      ...contested.map((facet) => told(facet, true)),
    ];
    this.#base = theirs;
    this.#definition = definition;
    this.checks.soon(definition);
  }

  /** Takes the other's value of a facet that both changed, or keeps one's own. */
  settle(save: ForeignSave, keep: 'mine' | 'theirs'): void {
    this.#foreign = this.#foreign.filter((other) => other.facet !== save.facet);
    if (keep === 'theirs') this.#put({ ...this.#definition, [save.facet]: save.theirs });
  }

  dismissForeign(): void {
    this.#foreign = this.contested;
  }

  /** Goes on with the draft of an earlier visit. */
  takeDraft(): void {
    const draft = this.#offered;
    this.#offered = undefined;
    if (draft !== undefined) this.replace(draft.definition);
  }

  discardDraft(): void {
    this.#offered = undefined;
    this.#parts.drafts.remove(this.#draftKey);
  }

  /** Everything as it was saved. */
  reset(): void {
    this.#cancelDraft();
    this.#definition = this.#base;
    this.#touched = new Set();
    this.#local = new Map();
    this.#tried = false;
    this.#refusal = undefined;
    this.discardDraft();
    this.checks.soon(this.#definition);
  }

  stop(): void {
    this.checks.stop();
    this.#cancelDraft();
    this.#keepDraft();
  }

  get #draftKey(): string {
    return this.isNew ? NEW_DRAFT : this.#definition.id;
  }

  #put(definition: TaskDefinition): void {
    const named = this.isNew && !this.#idTyped;
    this.#definition = named ? { ...definition, id: slugOf(definition.about.name) } : definition;
    this.#refusal = undefined;
    this.checks.soon(this.#definition);
    this.#cancelDraft();
    this.#cancelDraft = this.#parts.scheduler.after(DRAFT_PAUSE_MS, () => this.#keepDraft());
  }

  #keepDraft(): void {
    if (this.dirty) {
      this.#parts.drafts.write(this.#draftKey, {
        definition: this.#definition,
        savedAt: this.#parts.scheduler.now(),
      });
    }
  }
}

/** Whether a dotted path is another one, or below it. */
function within(path: string, outer: string): boolean {
  return path === outer || path.startsWith(`${outer}.`);
}
