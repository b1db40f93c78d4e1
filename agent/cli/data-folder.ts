/** Where an agent keeps its data: `--data`, else `CARILLON_DATA`, else the place that the system has for such data. */
import { join, resolve } from 'node:path';

export interface FolderFacts {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly platform: string;
  readonly homeFolder: string;
}

/** The absolute path of the data folder. XDG Base Directory Specification on Linux and the like. */
export function dataFolderOf(option: string | undefined, facts: FolderFacts): string {
  const chosen = option ?? facts.environment['CARILLON_DATA'];
  if (chosen !== undefined && chosen !== '') return resolve(chosen);
  return join(...systemFolder(facts));
}

function systemFolder({ environment, platform, homeFolder }: FolderFacts): [string, ...string[]] {
  switch (platform) {
    case 'darwin':
      return [homeFolder, 'Library', 'Application Support', 'Carillon'];
    case 'win32':
      return [environment['LOCALAPPDATA'] ?? join(homeFolder, 'AppData', 'Local'), 'Carillon'];
    default: {
      const dataHome = environment['XDG_DATA_HOME'];
      const usable = dataHome !== undefined && dataHome.startsWith('/');
      return usable ? [dataHome, 'carillon'] : [homeFolder, '.local', 'share', 'carillon'];
    }
  }
}
