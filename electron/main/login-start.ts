/**
 * Starting at login, into the tray. macOS and Windows have login items; on Linux the desktop reads a file of the XDG
 * Autostart specification.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { app } from 'electron';

const HIDDEN = '--hidden';

export function startsAtLogin(): boolean {
  if (process.platform !== 'linux') return app.getLoginItemSettings({ args: [HIDDEN] }).openAtLogin;
  try {
    return readFileSync(autostartFile(), 'utf8').includes(HIDDEN);
  } catch {
    // There is no such file.
    return false;
  }
}

/** macOS hands login items no words; it tells when it was at login. Once the app is ready. */
export function wasStartedAtLogin(): boolean {
  return process.platform === 'darwin' && app.getLoginItemSettings().wasOpenedAtLogin;
}

/** Throws what the file system says when the file cannot be written. */
export function setStartAtLogin(wanted: boolean): void {
  if (process.platform !== 'linux') {
    app.setLoginItemSettings({ openAtLogin: wanted, args: [HIDDEN] });
    return;
  }
  const file = autostartFile();
  if (!wanted) {
    rmSync(file, { force: true });
    return;
  }
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, autostartEntry(programWords()));
}

/** The desktop entry. @param words the program and what it is given. */
export function autostartEntry(words: readonly string[]): string {
  return [
    '[Desktop Entry]',
    'Type=Application',
    'Name=Carillon',
    'Comment=Runs the tasks of this machine',
    `Exec=${words.map(quoted).join(' ')} ${HIDDEN}`,
    'Icon=carillon-desktop',
    'Terminal=false',
    'X-GNOME-Autostart-enabled=true',
    '',
  ].join('\n');
}

/** An AppImage is started by its own file: what it unpacks is gone with it. */
function programWords(): string[] {
  const image = process.env['APPIMAGE'];
  const program = image === undefined || image === '' ? process.execPath : image;
  return app.isPackaged ? [program] : [program, app.getAppPath()];
}

function autostartFile(): string {
  const chosen = process.env['XDG_CONFIG_HOME'] ?? '';
  const folder = chosen.startsWith('/') ? chosen : join(homedir(), '.config');
  return join(folder, 'autostart', 'carillon.desktop');
}

/** As the Desktop Entry specification quotes words of `Exec`; a percent sign would be a field. */
function quoted(word: string): string {
  const escaped = word.replaceAll(/["`$\\]/g, '\\$&').replaceAll('%', '%%');
  return `"${escaped.replaceAll('\\', '\\\\')}"`;
}
