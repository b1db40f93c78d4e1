/** Words of the page: every language has them all, and changes at once. */
import { expect, test } from 'vitest';
import { messages as german } from '../../renderer/src/i18n/de/messages.ts';
import { messages as english } from '../../renderer/src/i18n/en/messages.ts';
import { Language } from '../../renderer/src/i18n/language.svelte.ts';

function memory(entries: Readonly<Record<string, string>> = {}): Pick<Storage, 'getItem' | 'setItem'> {
  const kept = new Map(Object.entries(entries));
  return { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => void kept.set(key, value) };
}

type Words = Readonly<Record<string, Readonly<Record<string, string>>>>;
const flat = (words: Words): [string, string][] =>
  Object.entries(words).flatMap(([place, entries]) =>
    Object.entries(entries).map(([key, text]): [string, string] => [`${place}.${key}`, text]),
  );
const slots = (text: string): string[] => [...text.matchAll(/\{\{\s*(\w+)\s*\}\}/g)].map((match) => match[1]!).sort();

test('every message has words in every language, with the same values set in', () => {
  const other = new Map(flat(german));
  for (const [key, text] of flat(english)) {
    expect(other.get(key), key).toBeTruthy();
    // A plural form may say "one" in words.
    if (!key.endsWith('_one')) expect(slots(other.get(key)!), key).toEqual(slots(text));
  }
  expect(other.size).toBe(flat(english).length);
});

test('begins with what the browser prefers, when it is there', async () => {
  const root = { lang: 'en' };
  const language = new Language(memory(), root);
  await language.start(['fr-FR', 'de-AT', 'en']);
  expect(language.tag).toBe('de');
  expect(root.lang).toBe('de');
  expect(language.t('shell.tasks')).toBe('Aufgaben');
});

test('a choice is kept for the next time, before what the browser prefers', async () => {
  const store = memory();
  await new Language(store, { lang: 'en' }).choose('de');
  const next = new Language(store, { lang: 'en' });
  await next.start(['en-GB']);
  expect(next.t('shell.settings')).toBe('Einstellungen');
  await next.choose('en');
  expect(next.t('shell.settings')).toBe('Settings');
});
