/** Hands the page's state to its views, by Svelte's context: no view imports an instance. */
import { createContext } from 'svelte';
import type { ConsoleState } from './console.svelte.ts';
import type { Theme } from './theme.svelte.ts';

export const [getConsole, setConsole] = createContext<ConsoleState>();
export const [getTheme, setTheme] = createContext<Theme>();
