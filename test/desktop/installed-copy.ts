/** The built app as a package holds it: Electron takes a program for an installed one by the name of its folder. */
import { copyFile, mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { APP } from './launch.ts';

/** @returns the folder that Electron takes for the archive, within the given one */
export async function makeInstalledCopy(folder: string): Promise<string> {
  const app = join(folder, 'installed', 'resources', 'app.asar');
  await mkdir(app, { recursive: true });
  for (const name of ['out', 'resources', 'node_modules']) await symlink(join(APP, name), join(app, name));
  await copyFile(join(APP, 'package.json'), join(app, 'package.json'));
  return app;
}
