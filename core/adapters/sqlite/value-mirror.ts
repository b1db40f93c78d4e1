/**
 * A copy of the named values (which cluster this machine belongs to, where its members are) in a small file beside the
 * database. When the database is destroyed, this is enough to find the others again, who hold the rest. Only read then.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { Logger } from '../../ports/logger.ts';
import { failureText } from './sqlite-errors.ts';

export class ValueMirror {
  readonly #path: string;
  readonly #logger: Logger;

  constructor(path: string, logger: Logger) {
    this.#path = path;
    this.#logger = logger;
  }

  /** Replaces the copy. Never throws: the database holds the values themselves. */
  write(values: ReadonlyMap<string, string>): void {
    const temporary = `${this.#path}.tmp`;
    try {
      writeFileSync(temporary, JSON.stringify(Object.fromEntries(values)), { mode: 0o600 });
      renameSync(temporary, this.#path);
    } catch (error) {
      this.#logger.log('debug', 'the copy of the named values cannot be written', { error: failureText(error) });
    }
  }

  /** What the copy holds; nothing when it is missing or damaged. */
  read(): ReadonlyMap<string, string> {
    try {
      const held: unknown = JSON.parse(readFileSync(this.#path, 'utf8'));
      const entries = typeof held === 'object' && held !== null ? Object.entries(held) : [];
      return new Map(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
    } catch (error) {
      this.#logger.log('info', 'there is no copy of the named values', { error: failureText(error) });
      return new Map();
    }
  }
}
