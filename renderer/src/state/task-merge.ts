/** Two people edit one task: what of the other's save can be taken as it is, and what a person must choose between. */
import type { FacetName, TaskDefinition } from '../../../core/domain/task.ts';
import { FACETS, same } from './task-definition.ts';

export interface Merge {
  /** Mine, with what only the other one changed. */
  readonly definition: TaskDefinition;
  /** Changed by the other one alone. */
  readonly taken: readonly FacetName[];
  /** Changed by both, and not to the same. */
  readonly contested: readonly FacetName[];
}

/** @param base what both began with. */
export function mergeDefinitions(base: TaskDefinition, mine: TaskDefinition, theirs: TaskDefinition): Merge {
  const taken: FacetName[] = [];
  const contested: FacetName[] = [];
  let definition = mine;
  for (const facet of FACETS) {
    if (same(theirs[facet], base[facet]) || same(theirs[facet], mine[facet])) continue;
    if (same(mine[facet], base[facet])) {
      taken.push(facet);
      definition = { ...definition, [facet]: theirs[facet] };
    } else contested.push(facet);
  }
  return { definition, taken, contested };
}
