/** Starts the page: trades the code in the address for a session first, then shows the console, or says how to open it. */
import { mount } from 'svelte';
import App from './App.svelte';
import { holdsCode, redeemCode, takeAccessToken } from './client/access-token.ts';
import { browserAddresses } from './client/browser-addresses.ts';
import { browserHost } from './client/browser-host.ts';
import { Language } from './i18n/language.svelte.ts';
import { ConsoleState } from './state/console.svelte.ts';
import { Preferences } from './state/preferences.svelte.ts';
import { Router } from './state/router.svelte.ts';
import { browserScheduler } from './state/scheduler.ts';
import { Theme } from './state/theme.svelte.ts';
import './styles/app.css';

const theme = new Theme(localStorage, document.documentElement);
const preferences = new Preferences(localStorage, document.documentElement);
const language = new Language(localStorage, document.documentElement);
await language.start(navigator.languages);
const token = await takeAccessToken({ location, store: localStorage, addresses: history, redeem: redeemCode });
const state = token === undefined ? undefined : new ConsoleState(browserHost(token), browserScheduler);
const router = new Router(browserAddresses);
const target = document.getElementById('app');
if (target !== null) mount(App, { target, props: { state, theme, router, language, preferences } });
state?.start();

// A new login link in the same tab: begin anew with its code.
addEventListener('hashchange', () => {
  if (holdsCode(location.hash)) location.reload();
});
