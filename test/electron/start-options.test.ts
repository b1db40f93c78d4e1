/** What the app is started with: folders, the tray, and what it is to show. */
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isWanted, readStartOptions, wantedIn } from '../../electron/decisions/start-options.ts';

describe('the words that the app is started with', () => {
  it('name the data folder, and everything of the app is in it', () => {
    const { dataFolder, stateFolder, hidden } = readStartOptions(['app', '--data=/srv/bells', '--hidden'], {});
    expect(dataFolder).toBe(resolve('/srv/bells'));
    expect(stateFolder).toBe(resolve('/srv/bells/desktop'));
    expect(hidden).toBe(true);
  });

  it('leave it where the environment says', () => {
    expect(readStartOptions(['app'], { CARILLON_DATA: '/srv/other' }).dataFolder).toBe(resolve('/srv/other'));
    expect(readStartOptions(['app'], { CARILLON_DATA: '/srv/other' }).hidden).toBe(false);
  });

  it('hold a link, a file, both, or nothing to show', () => {
    expect(wantedIn(['app', 'carillon://machines', 'carillon://tasks'], '/srv')).toEqual({
      place: '#/machines',
      file: undefined,
    });
    expect(wantedIn(['app', 'bells.carillon'], '/srv')).toEqual({
      place: undefined,
      file: resolve('/srv/bells.carillon'),
    });
    expect(wantedIn(['app', '--hidden', 'carillon://evil'], '/srv')).toEqual({ place: undefined, file: undefined });
  });

  it('want something shown, or nothing in particular', () => {
    expect(isWanted({ place: '#/tasks', file: undefined })).toBe(true);
    expect(isWanted({ place: undefined, file: '/a.carillon' })).toBe(true);
    expect(isWanted({ place: undefined, file: undefined })).toBe(false);
  });
});
