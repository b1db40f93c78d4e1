/**
 * The language of the page: words by key, with the browser's own rules for numbers, dates and plurals. English comes
 * with the first screen; another language is loaded when it is chosen. What reads a word is drawn anew with the next
 * language, so that nothing has to be loaded again.
 */
import { type i18n, createInstance } from 'i18next';
import { type Messages, messages as english } from './en/messages.ts';

/** Languages by their tag, each named as its speakers call it. */
export const LANGUAGES = { en: 'English', de: 'Deutsch' } as const;
export type LanguageTag = keyof typeof LANGUAGES;

/** Plurals are kept as `key_one` and `key_other`, and asked for as `key` with a `count`. */
type Singular<K> = K extends `${infer Base}_one` | `${infer Base}_other` ? Base : K;
/** `place.key`, such as `tasks.empty`. */
export type MessageKey = {
  [Place in keyof Messages]: `${Place}.${Singular<Extract<keyof Messages[Place], string>>}`;
}[keyof Messages];
export type MessageValues = Readonly<Record<string, string | number>>;
export interface Translate {
  (key: MessageKey, values?: MessageValues): string;
  /** What the agent says, which it does in English: a reason, a schedule. Kept as it is where the language has no words for it. */
  said(text: string): string;
}

const STORAGE_KEY = 'carillon.language';
interface OtherLanguage {
  readonly messages: Messages;
  /** A sentence of the agent in this language, or as it was. */
  readonly said: (text: string) => string;
}
const OTHERS: Readonly<Record<Exclude<LanguageTag, 'en'>, () => Promise<OtherLanguage>>> = {
  de: () => import('./de/messages.ts'),
};
/** More sentences are not remembered. */
const MOST_SAID = 2000;

export class Language {
  #tag = $state<LanguageTag>('en');
  readonly #words: i18n;
  /** Words without values, of the language in use: long tables ask for the same ones again and again. */
  #plain = new Map<string, string>();
  #said = new Map<string, string>();
  #sayer: OtherLanguage['said'] | undefined;
  readonly #store: Pick<Storage, 'getItem' | 'setItem'>;
  readonly #root: { lang: string };

  /** @param root is told the language, for screen readers and hyphenation. */
  constructor(store: Pick<Storage, 'getItem' | 'setItem'>, root: { lang: string }) {
    this.#store = store;
    this.#root = root;
    this.#words = createInstance({
      lng: 'en',
      fallbackLng: 'en',
      resources: { en: { translation: english } },
      interpolation: { escapeValue: false },
      initAsync: false,
    });
    void this.#words.init();
  }

  /** What `Intl` is asked with. */
  get tag(): LanguageTag {
    return this.#tag;
  }

  /** The language chosen before on this machine, else the first of the browser's that there is. */
  async start(preferred: readonly string[]): Promise<void> {
    const wanted = [this.#store.getItem(STORAGE_KEY) ?? '', ...preferred].map((tag) => tag.slice(0, 2));
    const known = wanted.find((tag): tag is LanguageTag => tag in LANGUAGES);
    if (known !== undefined && known !== 'en') await this.#use(known);
  }

  async choose(tag: LanguageTag): Promise<void> {
    this.#store.setItem(STORAGE_KEY, tag);
    await this.#use(tag);
  }

  /** The words of a key, with values set in; a `count` chooses the plural. */
  readonly t: Translate = Object.assign((key: MessageKey, values?: MessageValues) => this.#wordsOf(key, values), {
    said: (text: string) => this.#sayIn(text),
  });

  #wordsOf(key: MessageKey, values: MessageValues | undefined): string {
    void this.#tag;
    if (values !== undefined) return this.#words.t(key, { ...values });
    const known = this.#plain.get(key);
    if (known !== undefined) return known;
    const words = this.#words.t(key);
    this.#plain.set(key, words);
    return words;
  }

  #sayIn(text: string): string {
    void this.#tag;
    if (this.#sayer === undefined) return text;
    const known = this.#said.get(text);
    if (known !== undefined) return known;
    const words = this.#sayer(text);
    if (this.#said.size >= MOST_SAID) this.#said.clear();
    this.#said.set(text, words);
    return words;
  }

  async #use(tag: LanguageTag): Promise<void> {
    const other = tag === 'en' ? undefined : await OTHERS[tag]();
    if (other !== undefined) this.#words.addResourceBundle(tag, 'translation', other.messages);
    await this.#words.changeLanguage(tag);
    this.#plain = new Map();
    this.#said = new Map();
    this.#sayer = other?.said;
    this.#root.lang = tag;
    this.#tag = tag;
  }
}
