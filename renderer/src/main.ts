/**
 * Starts the page. In the desktop app the core is reached through the window's own port; in a browser the code in the address
 * is first traded for a session, and without one the page says how to log in.
 */
import { mount } from 'svelte';
import App from './App.svelte';
import { holdsCode, redeemCode, takeAccessToken } from './client/access-token.ts';
import { browserAddresses } from './client/browser-addresses.ts';
import { browserHost } from './client/browser-host.ts';
import type { ConnectionHost } from './client/connection.ts';
import { findShell, shellHost } from './client/shell-host.ts';
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
const shell = findShell();
// The code is taken out of the address first of all, and the words come while it is traded.
const hosting = shell === undefined ? hostInBrowser() : shellHost(shell);
await language.start(navigator.languages);
const host = await hosting;
const state = host === undefined ? undefined : new ConsoleState(host, browserScheduler, language.t);
// The agent is asked first, and the page is drawn while it answers.
state?.start();
const router = new Router(browserAddresses);
const target = document.getElementById('app');
if (target !== null) mount(App, { target, props: { state, theme, router, language, preferences } });
shell?.onGo((hash) => {
  location.hash = hash;
});
shell?.onFile((file) => {
  const number = state?.openFile(file);
  if (number !== undefined) location.hash = `#/tasks/new?opened=${number}`;
});
shell?.onTrouble((trouble) => state?.isTroubled(trouble));

// A new login link in the same tab: begin anew with its code.
addEventListener('hashchange', () => {
  if (holdsCode(location.hash)) location.reload();
});

async function hostInBrowser(): Promise<ConnectionHost | undefined> {
  const token = await takeAccessToken({ location, store: localStorage, addresses: history, redeem: redeemCode });
  return token === undefined ? undefined : browserHost(token);
}
