/**
 * The key of this page. The agent hands it over in the address (`#token=…`); it is kept for this tab alone and taken
 * out of the address before anything is shown, so that it ends up in no history, bookmark or screenshot.
 */

const STORAGE_KEY = 'carillon.token';
const TOKEN_IN_HASH = /^#(?:.*&)?token=([A-Za-z0-9_-]{1,256})/;

interface Place {
  readonly hash: string;
  readonly pathname: string;
  readonly search: string;
}
type Store = Pick<Storage, 'getItem' | 'setItem'>;
type Addresses = Pick<History, 'replaceState'>;

/** The token from the address, else the one this tab already has; undefined when there is none. */
export function takeAccessToken(place: Place, store: Store, addresses: Addresses): string | undefined {
  const offered = TOKEN_IN_HASH.exec(place.hash)?.[1];
  if (offered === undefined) return store.getItem(STORAGE_KEY) ?? undefined;
  store.setItem(STORAGE_KEY, offered);
  addresses.replaceState(null, '', place.pathname + place.search);
  return offered;
}
