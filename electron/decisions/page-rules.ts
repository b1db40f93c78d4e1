/** What a page may do, whatever is in it. `guards.ts` of the shell holds Electron to it. */
import { isAppAddress } from './app-address.ts';

/** What is used of Electron's `WebFrameMain`. */
interface Frame {
  readonly url: string;
  readonly parent: object | null;
}

/** Copying a token or an address is all that the page needs of the system. */
const PERMISSIONS: readonly string[] = ['clipboard-sanitized-write'];

/** @param page where the page is that asks; absent: nobody knows who asks. */
export function mayHave(permission: string, page: string | undefined): boolean {
  return PERMISSIONS.includes(permission) && page !== undefined && isAppAddress(page);
}

/** Whether a message may be heard: it comes from the top frame of the app's own address. */
export function mayBeHeard(frame: Frame | null): boolean {
  return frame !== null && frame.parent === null && isAppAddress(frame.url);
}

/** Whether a link goes to the browser of the system: that of the web, enciphered. */
export function mayOpenOutside(address: string): boolean {
  return URL.canParse(address) && new URL(address).protocol === 'https:';
}
