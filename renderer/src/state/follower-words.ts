/** What a notice says of the tasks that followed one that was deleted or suspended. */
import type { Translate } from '../i18n/language.svelte.ts';

const MOST_NAMED = 3;

/** The text of a notice, with the names of the followers; as it is when there are none. */
export function withFollowers(
  text: string,
  followers: readonly string[],
  { t, nameOf }: { readonly t: Translate; readonly nameOf: (id: string) => string },
): string {
  if (followers.length === 0) return text;
  const more = followers.length - MOST_NAMED;
  const names = followers.slice(0, MOST_NAMED).map(nameOf).join(', ') + (more > 0 ? ` +${more}` : '');
  return `${text} ${t('tasks.followers', { names })}`;
}
