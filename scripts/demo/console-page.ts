/** The console's page, built when it is not there yet. A failure is told, and costs the page alone. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Screen } from './screen.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PAGE = fileURLToPath(new URL('../../out/renderer/index.html', import.meta.url));
const LONGEST_MS = 180_000;

/** Resolves when the page is there, or cannot be. */
export async function ensureConsolePage(screen: Screen): Promise<void> {
  if (existsSync(PAGE)) return;
  screen.line(screen.paint.dim('Building the console page; it is done once.'));
  // npm says where it is itself; without that the shell finds it.
  const npm = process.env['npm_execpath'];
  const [program, words] = npm === undefined ? ['npm', ['run', 'build']] : [process.execPath, [npm, 'run', 'build']];
  const child = spawn(program, words, { cwd: ROOT, stdio: 'ignore', timeout: LONGEST_MS });
  process.once('exit', () => child.kill());
  const built = await new Promise<boolean>((resolve) => {
    child.once('error', () => resolve(false));
    child.once('exit', (code) => resolve(code === 0));
  });
  if (built) return;
  screen.line('The console page could not be built (`npm run build` tells why); the demo goes on without it.');
}
