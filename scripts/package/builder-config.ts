/**
 * How electron-builder packs the desktop app: into its archive what `layOutDesktop` has laid out, and nothing else; beside
 * it a Node and the launcher, which must be files of their own. Why it is as it is: docs/adr/0013-packaging.md.
 */
import { join } from 'node:path';
import type { Configuration } from 'electron-builder';
import { PACKAGES_FOLDER } from './desktop-tree.ts';

export interface PackagingWishes {
  /** Of the project. */
  readonly root: string;
  /** What `layOutDesktop` made. */
  readonly app: string;
  /** For what is made. */
  readonly output: string;
  /** A folder with Electron as it is distributed. */
  readonly electronDist: string | undefined;
  readonly electronVersion: string;
  /** The Node that the launcher runs with, by `platform-arch` as electron-builder writes them. */
  readonly nodes: string;
  /** Where installed copies look for updates; they do not look when it is absent. */
  readonly updateUrl: string | undefined;
  /** Of deb and rpm; `none` is quick, and for trying. */
  readonly compression: 'xz' | 'none';
}

/** That of `electron/shared/app-id.ts`: a test holds them to each other. */
export const APP_ID = 'net.carillon.desktop';
/** The file name of the program, of its desktop entry and of its icons on Linux. The command line is `carillon`. */
export const PROGRAM = 'carillon-desktop';
/** Set in the program's own file; read back by the tests. All others stay as Electron has them. */
export const FUSES = {
  runAsNode: false,
  enableCookieEncryption: true,
  enableNodeOptionsEnvironmentVariable: false,
  enableNodeCliInspectArguments: false,
  enableEmbeddedAsarIntegrityValidation: true,
  onlyLoadAppFromAsar: true,
  grantFileProtocolExtraPrivileges: false,
} as const;

/** A task file by a name of its own: `.yaml` belongs to everybody, and systems look at the last part of a name alone. */
export const TASK_FILES = {
  ext: 'carillon',
  name: 'Carillon task',
  description: 'Carillon task',
  mimeType: 'application/x-carillon-task',
  role: 'Editor',
} as const;

const DESCRIPTION = 'Task scheduler for the machines on your network';
const LICENCE_FILE = 'LICENSE';

export function builderConfig(wishes: PackagingWishes): Configuration {
  const { root, app, output, electronDist, electronVersion, updateUrl } = wishes;
  return {
    appId: APP_ID,
    productName: 'Carillon',
    copyright: 'The Carillon developers, MIT licence',
    artifactName: '${productName}-${version}-${os}-${arch}.${ext}',
    directories: { app, output, buildResources: join(root, 'resources', 'package') },
    electronVersion,
    ...(electronDist === undefined ? {} : { electronDist }),
    // Packages are laid out already, and none has native parts: there is nothing to collect and nothing to compile.
    beforeBuild: () => Promise.resolve(false),
    asar: { smartUnpack: true },
    files: [
      '**/*',
      `!${PACKAGES_FOLDER}`,
      `!${PACKAGES_FOLDER}/**`,
      { from: join(app, PACKAGES_FOLDER), to: 'node_modules' },
    ],
    extraResources: launcherFiles(wishes),
    // Changing the program breaks the signature that it is distributed with; macOS starts nothing without one.
    electronFuses: { ...FUSES, resetAdHocDarwinSignature: true },
    publish: updateUrl === undefined ? null : { provider: 'generic', url: updateUrl },
    protocols: [{ name: 'Carillon', schemes: ['carillon'] }],
    fileAssociations: [TASK_FILES],
    ...systems(root, wishes.compression),
  };
}

function launcherFiles({ root, nodes }: PackagingWishes): { from: string; to: string }[] {
  return [
    { from: join(root, 'out', 'launcher'), to: 'launcher' },
    { from: join(root, 'resources', 'package', 'launcher.json'), to: 'launcher/package.json' },
    { from: join(nodes, '${os}-${arch}'), to: 'launcher' },
  ];
}

function systems(root: string, compression: PackagingWishes['compression']): Configuration {
  const linux = {
    maintainer: 'The Carillon developers <carillon@example.org>',
    category: 'System',
    synopsis: DESCRIPTION,
    description:
      'Runs tasks on the machines of a LAN, without a server. This package is the app with a window and a tray.',
  };
  const scripts = {
    afterInstall: join(root, 'resources', 'package', 'after-install.sh'),
    afterRemove: join(root, 'resources', 'package', 'after-remove.sh'),
  };
  return {
    linux: {
      ...linux,
      target: ['AppImage', 'deb', 'rpm'],
      executableName: PROGRAM,
      syncDesktopName: true,
      icon: join(root, 'resources', 'icons'),
      desktop: { entry: { Keywords: 'cron;scheduler;tasks;', StartupNotify: 'true' } },
    },
    deb: { ...scripts, fpm: [`--deb-compression=${compression}`], packageName: PROGRAM, packageCategory: 'admin' },
    rpm: { ...scripts, fpm: [`--rpm-compression=${compression}`], packageName: PROGRAM },
    // The static runtime needs no FUSE 2, which new systems do not have.
    toolsets: { appimage: '1.0.3' },
    win: { target: ['nsis'], icon: join(root, 'resources', 'package', 'icon.ico') },
    nsis: {
      oneClick: false,
      perMachine: false,
      allowToChangeInstallationDirectory: true,
      deleteAppDataOnUninstall: false,
      include: join(root, 'resources', 'package', 'installer.nsh'),
      license: join(root, LICENCE_FILE),
    },
    mac: {
      target: ['dmg', 'zip'],
      category: 'public.app-category.utilities',
      icon: join(root, 'resources', 'package', 'icon.icns'),
      hardenedRuntime: true,
      entitlements: join(root, 'resources', 'package', 'entitlements.mac.plist'),
      entitlementsInherit: join(root, 'resources', 'package', 'entitlements.mac.plist'),
    },
  };
}
