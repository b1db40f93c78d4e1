/** Task files that the app is asked to open: found among words, read up to a bound, refused with the reason. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { LIMITS } from '../../core/config/constants.ts';
import { fileIn, readTaskFile } from '../../electron/decisions/task-file.ts';

const FOLDER = resolve('/srv/tasks');

describe('the file to open', () => {
  it.each([
    [['carillon-desktop', 'backup.carillon'], join(FOLDER, 'backup.carillon')],
    [['carillon-desktop', '--hidden', join(FOLDER, 'a b.carillon')], join(FOLDER, 'a b.carillon')],
    [['carillon-desktop', pathToFileURL(join(FOLDER, 'ä b.carillon')).href], join(FOLDER, 'ä b.carillon')],
    [['carillon-desktop', 'Backup.CARILLON'], join(FOLDER, 'Backup.CARILLON')],
    [['carillon-desktop', 'backup.yaml', 'second.yml'], join(FOLDER, 'backup.yaml')],
  ])('of %j is %s', (words, path) => {
    expect(fileIn(words, FOLDER)).toBe(path);
  });

  it.each([
    [['/opt/Carillon/carillon-desktop', '--data=/srv/x.carillon']],
    [['carillon-desktop', 'carillon://tasks/backup.carillon']],
    [['carillon-desktop', 'https://example.org/backup.carillon']],
    [['carillon-desktop', 'backup.carillon.exe', 'carillon', '.']],
  ])('is none in %j', (words) => {
    expect(fileIn(words, FOLDER)).toBeUndefined();
  });
});

describe('a file that is opened', () => {
  const fileOf = (content: string | Uint8Array): string => {
    const folder = mkdtempSync(join(tmpdir(), 'carillon-task-file-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const path = join(folder, 'hello.carillon');
    writeFileSync(path, content);
    return path;
  };
  const quiet = (): void => {
    const warned = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    onTestFinished(() => warned.mockRestore());
  };

  it('comes with its name and its text, whatever that is', async () => {
    expect(await readTaskFile(fileOf('name: Grüße'))).toEqual({ name: 'hello.carillon', text: 'name: Grüße' });
    expect(await readTaskFile(fileOf(''))).toEqual({ name: 'hello.carillon', text: '' });
  });

  it('may have a bound of bytes, and not one more', async () => {
    const largest = await readTaskFile(fileOf('#'.repeat(LIMITS.taskFileBytes)));
    expect('text' in largest && largest.text.length).toBe(LIMITS.taskFileBytes);
    const larger = await readTaskFile(fileOf('#'.repeat(LIMITS.taskFileBytes + 1)));
    expect(larger).toMatchObject({ trouble: 'too-large' });
  });

  it.runIf(process.platform === 'linux')('is read no further than that where it has no end', async () => {
    expect(await readTaskFile('/dev/zero')).toEqual({ name: 'zero', trouble: 'too-large' });
  });

  it('is refused when it is no text, not there, or a folder', async () => {
    quiet();
    expect(await readTaskFile(fileOf(new Uint8Array([0xff, 0xfe, 0x00])))).toMatchObject({ trouble: 'no-text' });
    expect(await readTaskFile(join(FOLDER, 'none.carillon'))).toEqual({ name: 'none.carillon', trouble: 'missing' });
    expect(await readTaskFile(tmpdir())).toMatchObject({ trouble: 'unreadable' });
  });
});
