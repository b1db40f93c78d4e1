/**
 * `app://carillon/`: the page's own scheme, so that it is neither a file nor a server. Only files of the built page are
 * served, each with the same content security policy as the agent's console.
 */
import { protocol } from 'electron';
import { PAGE_HEADERS } from '../../agent/console/http-answers.ts';
import { readPageFile } from '../../agent/console/static-files.ts';

export const APP_SCHEME = 'app';
export const APP_HOST = 'carillon';
export const APP_ORIGIN = `${APP_SCHEME}://${APP_HOST}`;
const START_PAGE = `${APP_ORIGIN}/index.html`;

/** Before the app is ready: Chromium learns of schemes once. */
export function registerAppScheme(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: APP_SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true } },
  ]);
}

/** @param folder of the built page. */
export function serveApp(folder: string): void {
  protocol.handle(APP_SCHEME, async (request) => {
    const url = new URL(request.url);
    const file =
      url.host === APP_HOST && request.method === 'GET' ? await readPageFile(folder, url.pathname) : undefined;
    if (file === undefined) return new Response('not found', { status: 404, headers: PAGE_HEADERS });
    return new Response(new Uint8Array(file.content), { headers: { ...PAGE_HEADERS, 'Content-Type': file.type } });
  });
}

/** The address of the page. @param hash the place in it, such as `#/tasks`. */
export function pageAddress(hash = ''): string {
  return START_PAGE + hash;
}

/** Whether an address is the app's own. `URL.origin` is `null` for schemes that Node does not know. */
export function isAppAddress(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol: scheme, host } = new URL(address);
  return scheme === `${APP_SCHEME}:` && host === APP_HOST;
}
