/** `app://carillon/`: only files of the built page are served, each with the content security policy of the agent's console. */
import { protocol } from 'electron';
import { PAGE_HEADERS } from '../../agent/console/http-answers.ts';
import { readPageFile } from '../../agent/console/static-files.ts';
import { APP_SCHEME, isAppAddress } from '../decisions/app-address.ts';

/** Before the app is ready: Chromium learns of schemes once. */
export function registerAppScheme(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: APP_SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true } },
  ]);
}

/** @param folder of the built page. */
export function serveApp(folder: string): void {
  protocol.handle(APP_SCHEME, async ({ url, method }) => {
    const isOurs = isAppAddress(url) && method === 'GET';
    const file = isOurs ? await readPageFile(folder, new URL(url).pathname) : undefined;
    if (file === undefined) return new Response('not found', { status: 404, headers: PAGE_HEADERS });
    return new Response(new Uint8Array(file.content), { headers: { ...PAGE_HEADERS, 'Content-Type': file.type } });
  });
}
