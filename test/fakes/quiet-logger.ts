/** A logger that keeps nothing. */
import type { Logger } from '../../core/ports/logger.ts';

export const quietLogger: Logger = { log: () => undefined };
