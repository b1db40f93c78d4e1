/** Addresses of the app's own page: `app://carillon/`, so that it is neither a file nor a server. */

export const APP_SCHEME = 'app';
const APP_HOST = 'carillon';

/** The address of the page. @param hash the place in it, such as `#/tasks`. */
export function pageAddress(hash = ''): string {
  return `${APP_SCHEME}://${APP_HOST}/index.html${hash}`;
}

/** Whether an address is the app's own. `URL.origin` is `null` for schemes that Node does not know. */
export function isAppAddress(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol: scheme, host } = new URL(address);
  return scheme === `${APP_SCHEME}:` && host === APP_HOST;
}
