/** Deep links name places and nothing else. */
import { describe, expect, it } from 'vitest';
import { placeOfLink } from '../../electron/decisions/deep-link.ts';

describe('a deep link', () => {
  it.each([
    ['carillon://tasks', '#/tasks'],
    ['carillon://tasks/nightly-backup?tab=runs', '#/tasks/nightly-backup?tab=runs'],
    ['CARILLON://runs/', '#/runs'],
    ['carillon:machines', '#/machines'],
    ['carillon://', '#/overview'],
    ['carillon://tasks/with%20space', '#/tasks/with%20space'],
  ])('%s is the place %s', (link, place) => {
    expect(placeOfLink(link)).toBe(place);
  });

  it.each([
    'https://example.invalid/tasks',
    'carillon://elsewhere/tasks',
    'carillon://tasks/<script>',
    'carillon://tasks/a#code=secret',
    'carillon://tasks?x="><img>',
    'carillon://tasks/\u0000',
    `carillon://tasks/${'x'.repeat(2000)}`,
    '--inspect',
    '',
  ])('that is %j is none', (text) => {
    expect(placeOfLink(text)).toBeUndefined();
  });
});
