/** Hands the page's state to its views, by Svelte's context: no view imports an instance. */
import { createContext } from 'svelte';
import type { Language } from '../i18n/language.svelte.ts';
import type { ConsoleState } from './console.svelte.ts';
import type { Preferences } from './preferences.svelte.ts';
import type { Router } from './router.svelte.ts';
import type { ShellState } from './shell.svelte.ts';
import type { Theme } from './theme.svelte.ts';

export const [getConsole, setConsole] = createContext<ConsoleState>();
export const [getTheme, setTheme] = createContext<Theme>();
export const [getRouter, setRouter] = createContext<Router>();
export const [getLanguage, setLanguage] = createContext<Language>();
export const [getPreferences, setPreferences] = createContext<Preferences>();
export const [getShell, setShell] = createContext<ShellState>();
