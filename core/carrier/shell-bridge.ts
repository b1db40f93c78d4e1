/**
 * What the desktop's window offers its page beyond what a browser has: the port to the core, and where to go. Nothing
 * else goes between the two, so this is also all that a page which was taken over could ask for.
 */

export interface ShellBridge {
  /** Asks for a port to the core; it comes as a `message` event of the window with `PORT_MESSAGE` as its data. */
  requestCorePort(): void;
  /** Calls back with an address such as `#/tasks/backup` when a person chose a place outside of the window. */
  onGo(listener: (hash: string) => void): void;
}

/** The name of the bridge on `window`. */
export const BRIDGE_NAME = 'carillonShell';
/** Data of the window's message that brings the port. Without a port: there is no core now, and what came before is dead. */
export const PORT_MESSAGE = 'carillon-core-port';
