/** What the uninstaller for Windows deletes when a person agrees: the data folder of this program, as the program itself finds it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { dataFolderOf } from '../../agent/cli/data-folder.ts';
import { ROOT } from '../house/source-tree.ts';

const SCRIPT = readFileSync(join(ROOT, 'resources', 'package', 'installer.nsh'), 'utf8');

describe('the uninstaller for Windows', () => {
  it('deletes the data folder and nothing else', () => {
    // NSIS calls folders of the system as the environment does; the path is put together with the separator of this system.
    const environment = { LOCALAPPDATA: '$LOCALAPPDATA' };
    const facts = { environment, platform: 'win32', homeFolder: 'C:\\Users\\ada' };
    const folder = ['$LOCALAPPDATA', 'Carillon'];
    expect(dataFolderOf(undefined, facts)).toBe(join(...folder));
    const deleting = SCRIPT.split('\n').filter((line) => /^\s*(?:RMDir|Delete)\b/i.test(line));
    expect(deleting.map((line) => line.trim())).toEqual([`RMDir /r "${folder.join('\\')}"`]);
  });

  it('keeps it unless a person agrees: by default, silently, and in an update', () => {
    const [, inside = ''] = SCRIPT.split('${ifNot} ${isUpdated}');
    const [question = ''] = inside.split('RMDir');
    expect(question).toMatch(/MessageBox MB_YESNO\|\S*MB_DEFBUTTON2 .* \/SD IDNO IDNO carillonDataStays\n/);
    expect(inside).toMatch(/RMDir .*\n\s*carillonDataStays:\n\s*\$\{endIf\}/);
  });
});
