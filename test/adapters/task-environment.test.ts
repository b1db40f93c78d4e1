/** What a task sees of the environment that its agent, or the desktop app around it, was started in. */
import { describe, expect, it } from 'vitest';
import { baseEnvironment } from '../../core/adapters/processes/task-environment.ts';

describe('the environment of tasks', () => {
  it('is that of the agent without what is private to it', () => {
    const own = { HOME: '/root', PATH: '/usr/bin', CARILLON_DATA: '/d', ELECTRON_RUN_AS_NODE: '1' };
    expect(baseEnvironment(own)).toEqual({ HOME: '/root', PATH: '/usr/bin' });
  });

  it('holds nothing of the AppImage that the app is in: its folder is gone with the app', () => {
    const folder = '/tmp/.mount_Carillabcdef';
    const own = {
      APPIMAGE: '/apps/Carillon.AppImage',
      APPDIR: folder,
      ARGV0: 'Carillon.AppImage',
      OWD: '/apps',
      PATH: `${folder}:${folder}/usr/sbin:/usr/bin:/bin`,
      LD_LIBRARY_PATH: `${folder}/usr/lib`,
      XDG_DATA_DIRS: `${folder}/usr/share/:/usr/share/`,
      GSETTINGS_SCHEMA_DIR: `${folder}/usr/share/glib-2.0/schemas:/opt/schemas`,
      NOTE: `see ${folder}`,
      EMPTY: '',
    };
    expect(baseEnvironment(own)).toEqual({
      PATH: '/usr/bin:/bin',
      XDG_DATA_DIRS: '/usr/share/',
      GSETTINGS_SCHEMA_DIR: '/opt/schemas',
      NOTE: `see ${folder}`,
      EMPTY: '',
    });
  });

  it.each([{ APPDIR: '/apps' }, { APPIMAGE: '/a.AppImage', APPDIR: 'apps' }])('is left as it is by %o', (more) => {
    const own = { ...more, PATH: '/apps:/usr/bin' };
    expect(baseEnvironment(own)).toEqual(own);
  });
});
