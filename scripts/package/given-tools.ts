/**
 * Tools of electron-builder that were brought from elsewhere, in one folder (`--given-tools DIR`): it looks for each where a
 * variable says, and fetches the others. What is in each part is as its makers pack it
 * (github.com/electron-userland/electron-builder-binaries, releases).
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Parts of the folder, by the variable that names them to electron-builder. */
const PARTS: Readonly<Record<string, string>> = {
  APPIMAGE_TOOLS_PATH: 'appimage',
  ELECTRON_BUILDER_NSIS_DIR: 'nsis',
  ELECTRON_BUILDER_NSIS_RESOURCES_DIR: 'nsis-resources',
  ELECTRON_BUILDER_7ZIP_PATH: '7za',
  // Signs for Windows, where there is a certificate.
  ELECTRON_BUILDER_OSSL_SIGNCODE_PATH: 'osslsigncode',
};
/** What each kind of package is made with. */
const NEEDED: Readonly<Record<string, readonly string[]>> = {
  AppImage: ['appimage'],
  nsis: ['nsis', 'nsis-resources', '7za'],
};

/** Variables for the parts that are there. @param folder absolute */
export function givenTools(folder: string): Record<string, string> {
  const parts = Object.entries(PARTS).map(([variable, part]) => [variable, join(folder, part)] as const);
  return Object.fromEntries(parts.filter(([, path]) => existsSync(path)));
}

/** What a folder would have to hold for a kind of package; undefined where electron-builder takes none. */
export function neededTools(kind: string): string | undefined {
  return NEEDED[kind]?.join(', ');
}
