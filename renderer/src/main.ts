/** Starts the page: takes the key out of the address first, then shows the console, or says how to open it. */
import { mount } from 'svelte';
import App from './App.svelte';
import { takeAccessToken } from './client/access-token.ts';
import { browserHost } from './client/browser-host.ts';
import { ConsoleState } from './state/console.svelte.ts';
import { browserScheduler } from './state/scheduler.ts';
import { Theme } from './state/theme.svelte.ts';
import './styles/app.css';

const theme = new Theme(localStorage, document.documentElement);
const token = takeAccessToken(location, sessionStorage, history);
const state = token === undefined ? undefined : new ConsoleState(browserHost(token), browserScheduler);
const target = document.getElementById('app');
if (target !== null) mount(App, { target, props: { state, theme } });
state?.start();

// A new address with a key in it means a restarted agent: begin anew with that key.
addEventListener('hashchange', () => {
  if (location.hash.includes('token=')) location.reload();
});
