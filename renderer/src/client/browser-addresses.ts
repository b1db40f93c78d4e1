/** The address line of a browser, for the router. */
import type { Addresses } from '../state/router.svelte.ts';

export const browserAddresses: Addresses = {
  hash: () => location.hash,
  set: (hash, how) => {
    if (how === 'push') history.pushState(null, '', hash);
    else history.replaceState(null, '', hash);
  },
  listen: (changed) => {
    addEventListener('hashchange', changed);
    addEventListener('popstate', changed);
    return () => {
      removeEventListener('hashchange', changed);
      removeEventListener('popstate', changed);
    };
  },
};
