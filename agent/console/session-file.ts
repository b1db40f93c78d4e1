/**
 * `console.sessions` in the data folder: browser sessions outlive a restart of the agent, so that an open page finds its
 * way back. It holds digests only, and is lost without harm: then a new login link is needed.
 */
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type BrowserSession, browserSessionsSchema } from './session-book.ts';

const FILE_NAME = 'console.sessions';

/** The sessions of the last life; none when the file is missing or damaged. */
export async function loadSessions(dataFolder: string): Promise<readonly BrowserSession[]> {
  const text = await readFile(join(dataFolder, FILE_NAME), 'utf8').catch(() => '');
  try {
    return browserSessionsSchema.parse(JSON.parse(text));
  } catch {
    // Whoever had a session asks for a new link.
    return [];
  }
}

/** Keeps the sessions; the reason when that did not work (disk full). */
export async function saveSessions(
  dataFolder: string,
  sessions: readonly BrowserSession[],
): Promise<string | undefined> {
  const path = join(dataFolder, FILE_NAME);
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    await writeFile(temporary, `${JSON.stringify(sessions)}\n`, { mode: 0o600 });
    await rename(temporary, path);
    return undefined;
  } catch (fault) {
    await rm(temporary, { force: true });
    return String(fault);
  }
}
