/** The names under which main process and preload speak to each other. */

/** Page to main: asks for a port to the core. Main to page: brings it, or says without one that there is no core now. */
export const CORE_PORT_CHANNEL = 'core-port';
/** Main to page: the address to go to. */
export const GO_CHANNEL = 'go';
/** Main to page: why there is no core, in words; empty while there is nothing to say. */
export const TROUBLE_CHANNEL = 'trouble';
/** Main to page: a task file that a person opened. */
export const FILE_CHANNEL = 'file';
