/**
 * A folder that looks like what electron-builder makes an AppImage with. What it packs begins like an AppImage and goes on as a
 * tar: it shows what is in it, and cannot be started.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** In the place of the program that mounts the image. */
export const RUNTIME = '\x7fELF in the place of a runtime\n';
/** `mksquashfs FOLDER FILE -offset BYTES …` */
const PACKER = `#!/bin/sh
head -c "$4" /dev/zero > "$2" && tar -C "$1" -cf - . >> "$2"
`;

export async function makeToolsStandIn(folder: string): Promise<void> {
  const place = join(folder, 'appimage');
  const architecture = process.arch === 'arm64' ? 'arm64' : 'x64';
  await mkdir(join(place, 'runtimes'), { recursive: true });
  await mkdir(join(place, 'lib', architecture), { recursive: true });
  await writeFile(join(place, 'runtimes', `runtime-${architecture}`), RUNTIME);
  await writeFile(join(place, 'lib', architecture, 'libstandin.so'), 'stand-in\n');
  await writeFile(join(place, 'mksquashfs'), PACKER, { mode: 0o755 });
  await writeFile(join(place, 'desktop-file-validate'), '#!/bin/sh\n', { mode: 0o755 });
}
