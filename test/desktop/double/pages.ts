/**
 * `protocol` and `session`. Chromium does not know the app's own scheme: `app://carillon/x` is `https://carillon.app.double/x`
 * there, answered by the app's handler. So the page has a secure origin and its real content security policy.
 */
import { EventEmitter } from 'node:events';
import { needsReady, state } from './double-state.ts';

type Handler = (request: Request) => Response | Promise<Response>;
type Permit = (contents: unknown, permission: string, answer: (granted: boolean) => void) => void;

const schemes = new Set<string>();
const handlers = new Map<string, Handler>();

export function toChromium(url: string): string {
  return url.replace(/^([a-z][\w+.-]*):\/\/([^/]*)/, (whole, scheme: string, host: string) =>
    schemes.has(scheme) ? `https://${host}.${scheme}.double` : whole,
  );
}

export function toApp(url: string): string {
  return url.replace(/^https:\/\/([^/]*)\.([a-z]\w*)\.double(?=\/|$)/, (whole, host: string, scheme: string) =>
    schemes.has(scheme) ? `${scheme}://${host}` : whole,
  );
}

export function handlerFor(url: string): Handler | undefined {
  return handlers.get(url.split(':', 1)[0] ?? '');
}

export const protocol = {
  registerSchemesAsPrivileged(list: readonly { readonly scheme: string }[]): void {
    if (state.ready) {
      throw new Error('protocol.registerSchemesAsPrivileged should be called before app is ready');
    }
    for (const { scheme } of list) schemes.add(scheme);
  },
  handle(scheme: string, handler: Handler): void {
    needsReady('protocol');
    if (handlers.has(scheme)) throw new Error(`the scheme ${scheme} is handled already`);
    handlers.set(scheme, handler);
  },
};

class Session extends EventEmitter {
  #request: Permit | undefined;
  #check: ((contents: unknown, permission: string) => boolean) | undefined;
  #device: (() => boolean) | undefined;

  setPermissionRequestHandler(handler: Permit): void {
    this.#request = handler;
  }

  setPermissionCheckHandler(handler: (contents: unknown, permission: string) => boolean): void {
    this.#check = handler;
  }

  setDevicePermissionHandler(handler: () => boolean): void {
    this.#device = handler;
  }

  /** What the app would answer; everything is granted where it has no handler, as in Electron. */
  static asked(session: Session, contents: unknown, permission: string): { request: boolean; check: boolean } {
    let request = session.#request === undefined;
    session.#request?.(contents, permission, (granted) => (request = granted));
    const check = session.#check?.(contents, permission) ?? true;
    return { request, check: check && (permission !== 'hid' || (session.#device?.() ?? true)) };
  }
}

export const defaultSession = new Session();
const partitions = new Map<string, Session>();

export const session = {
  get defaultSession(): Session {
    needsReady('Session');
    return defaultSession;
  },
  fromPartition(name: string): Session {
    needsReady('Session');
    const known = partitions.get(name) ?? new Session();
    partitions.set(name, known);
    return known;
  },
};

/** For the specs: Chromium's prompts cannot be seen here. */
Object.assign(state, { asked: (contents: unknown, name: string) => Session.asked(defaultSession, contents, name) });
