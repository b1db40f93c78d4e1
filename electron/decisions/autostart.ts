/** Starting at login on Linux: the desktop reads a file of the XDG Autostart specification. Other systems have login items. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Starts into the tray. */
export const HIDDEN = '--hidden';

/** Whether and how the app is started at login. */
export interface LoginStart {
  isOn(): boolean;
  /** Throws what the system says when it cannot be set. */
  set(wanted: boolean): void;
}

/** What is used of the environment. */
type Environment = Readonly<Record<string, string | undefined>>;

/** @param program the words that start it, without `--hidden` */
export function autostart(environment: Environment, homeFolder: string, program: readonly string[]): LoginStart {
  const file = autostartFile(environment, homeFolder);
  return {
    isOn: () => {
      try {
        return readFileSync(file, 'utf8').includes(HIDDEN);
      } catch {
        // There is no such file.
        return false;
      }
    },
    set: (wanted) => {
      if (!wanted) {
        rmSync(file, { force: true });
        return;
      }
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, autostartEntry(program));
    },
  };
}

/** An AppImage is started by its own file: what it unpacks is gone with it. @param appPath undefined where the app is packaged */
export function programWords(environment: Environment, program: string, appPath: string | undefined): string[] {
  const image = environment['APPIMAGE'] ?? '';
  return [image === '' ? program : image, ...(appPath === undefined ? [] : [appPath])];
}

function autostartFile(environment: Environment, homeFolder: string): string {
  const chosen = environment['XDG_CONFIG_HOME'] ?? '';
  return join(chosen.startsWith('/') ? chosen : join(homeFolder, '.config'), 'autostart', 'carillon.desktop');
}

function autostartEntry(words: readonly string[]): string {
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

/** As the Desktop Entry specification quotes words of `Exec`; a percent sign would be a field. */
function quoted(word: string): string {
  const escaped = word.replaceAll(/["`$\\]/g, '\\$&').replaceAll('%', '%%');
  return `"${escaped.replaceAll('\\', '\\\\')}"`;
}
