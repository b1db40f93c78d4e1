/** For which systems the desktop app is packed, and as what. */

export interface PackTarget {
  /** As Node names it. */
  readonly platform: 'linux' | 'darwin' | 'win32';
  readonly architecture: 'x64' | 'arm64';
}

/** What people install on each system. `dir` alone is the folder of the app. */
export const TARGETS = {
  linux: ['AppImage', 'deb', 'rpm'],
  darwin: ['dmg', 'zip'],
  win32: ['nsis'],
} as const satisfies Record<PackTarget['platform'], readonly string[]>;
