/**
 * `carillon://` links: they name a place of the console, and do nothing by themselves. `carillon://tasks/backup?tab=runs` is
 * `#/tasks/backup?tab=runs`. Whatever does not have this form is no link, since any page and any mail can hold one.
 */

export const LINK_SCHEME = 'carillon';

const PLACES: readonly string[] = ['overview', 'machines', 'tasks', 'runs', 'statistics', 'settings'];
const MOST_LENGTH = 1000;
const SEGMENT = /^[\w.~%-]{1,200}$/;
const QUERY = /^[\w.~%&=+:,-]{0,500}$/;

/** The address in the page; undefined when the text is no link of ours. */
export function placeOfLink(text: string): string | undefined {
  if (text.length > MOST_LENGTH) return undefined;
  const match = /^carillon:(?:\/\/)?([^?#]*)(?:\?([^#]*))?$/i.exec(text);
  if (match === null) return undefined;
  const [, path = '', query = ''] = match;
  const segments = path.split('/').filter((segment) => segment !== '');
  const [place = 'overview'] = segments;
  if (!PLACES.includes(place) || !segments.every((segment) => SEGMENT.test(segment)) || !QUERY.test(query)) {
    return undefined;
  }
  return `#/${[place, ...segments.slice(1)].join('/')}${query === '' ? '' : `?${query}`}`;
}
