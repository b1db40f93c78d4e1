/** What a notice says of several tasks: of those that followed one that was deleted or suspended, or that were left out. */
import type { Translate } from '../i18n/language.svelte.ts';

const MOST_NAMED = 3;

/** The text of a notice, with the names of the followers; as it is when there are none. */
export function withFollowers(
  text: string,
  followers: readonly string[],
  { t, nameOf }: { readonly t: Translate; readonly nameOf: (id: string) => string },
): string {
  if (followers.length === 0) return text;
  return `${text} ${t('tasks.followers', { names: namesOf(followers, nameOf) })}`;
}

/** The names of the first few, and how many more there are. */
export function namesOf(ids: readonly string[], nameOf: (id: string) => string): string {
  const more = ids.length - MOST_NAMED;
  return ids.slice(0, MOST_NAMED).map(nameOf).join(', ') + (more > 0 ? ` +${more}` : '');
}
