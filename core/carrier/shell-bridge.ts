/**
 * What the desktop's window offers its page beyond what a browser has: the port to the core, where to go, and files that a
 * person opened. Nothing else goes between the two, so this is also all that a page which was taken over could ask for.
 */

/** A file that a person had the app open: its text, or why there is none. */
export type OpenedTaskFile =
  | { readonly name: string; readonly text: string }
  | { readonly name: string; readonly trouble: 'missing' | 'unreadable' | 'too-large' | 'no-text' };

export interface ShellBridge {
  /** Asks for a port to the core; it comes as a `message` event of the window with `PORT_MESSAGE` as its data. */
  requestCorePort(): void;
  /** Calls back with an address such as `#/tasks/backup` when a person chose a place outside of the window. */
  onGo(listener: (hash: string) => void): void;
  /** Calls back with a file that a person opened, to be shown for review: nothing is saved by that. */
  onFile(listener: (file: OpenedTaskFile) => void): void;
  /** Calls back with why there is no core, in words; with nothing once there is one, or soon will be. */
  onTrouble(listener: (trouble: string) => void): void;
}

/** The name of the bridge on `window`. */
export const BRIDGE_NAME = 'carillonShell';
/** Data of the window's message that brings the port. Without a port: there is no core now, and what came before is dead. */
export const PORT_MESSAGE = 'carillon-core-port';
