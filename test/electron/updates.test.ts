/** Updates: asked for twice, and never installed while tasks run here. */
import { describe, expect, it } from 'vitest';
import { BUSY_LOOK_MS, Updates } from '../../electron/main/updates.ts';

interface Story {
  readonly isInstalled?: boolean;
  /** Undefined: nothing new. */
  readonly found?: string;
  /** One for each question; nobody agrees once they are used up. */
  readonly answers?: readonly boolean[];
  /** Whether tasks run, each time that it is looked at; not, once they are used up. */
  readonly busy?: readonly boolean[];
  readonly fault?: string;
}

function stage(story: Story) {
  const did: string[] = [];
  const answers = [...(story.answers ?? [])];
  const busy = [...(story.busy ?? [])];
  const updater = {
    autoDownload: true,
    autoInstallOnAppQuit: true,
    checkForUpdates: () => {
      did.push('look');
      if (story.fault !== undefined) return Promise.reject(new Error(story.fault));
      const { found } = story;
      return Promise.resolve({ isUpdateAvailable: found !== undefined, updateInfo: { version: found ?? '' } });
    },
    downloadUpdate: () => Promise.resolve(did.push('fetch')),
    quitAndInstall: () => void did.push('install'),
  };
  const updates = new Updates({
    isInstalled: story.isInstalled ?? true,
    version: '1.0.0',
    isBusy: () => busy.shift() ?? false,
    say: (title) => void did.push(`say ${title}`),
    ask: (message) => {
      did.push(`ask ${message.includes('ready') ? 'to install' : message}`);
      return Promise.resolve(answers.shift() ?? false);
    },
    loadUpdater: () => Promise.resolve(updater),
    pause: (delayMs) => Promise.resolve(did.push(`wait ${delayMs / BUSY_LOOK_MS}`)),
  });
  return { updates, updater, did };
}

const FETCH = ['look', 'ask Carillon 2.0.0 can be had.', 'fetch'];

describe('updates', () => {
  it('are fetched and installed when a person agrees to both', async () => {
    const { updates, updater, did } = stage({ found: '2.0.0', answers: [true, true] });
    await updates.check('timer');
    expect(did).toEqual([...FETCH, 'ask to install', 'install']);
    expect(updater).toMatchObject({ autoDownload: false, autoInstallOnAppQuit: false });
  });

  it('are not fetched unless a person agrees', async () => {
    const { updates, did } = stage({ found: '2.0.0', answers: [false] });
    await updates.check('timer');
    expect(did).toEqual(FETCH.slice(0, 2));
  });

  it('are not asked about while tasks run here', async () => {
    const { updates, did } = stage({ found: '2.0.0', answers: [true, true], busy: [true, true, false] });
    await updates.check('timer');
    expect(did).toEqual([...FETCH, 'wait 1', 'wait 1', 'ask to install', 'install']);
  });

  it('are not installed when a task was started while the question stood', async () => {
    const { updates, did } = stage({ found: '2.0.0', answers: [true, true], busy: [false, true] });
    await updates.check('timer');
    expect(did).toEqual([...FETCH, 'ask to install', 'say The update waits']);
  });

  it('that were put off are not fetched again, but asked about', async () => {
    const { updates, did } = stage({ found: '2.0.0', answers: [true, false, true] });
    await updates.check('timer');
    await updates.check('timer');
    expect(did).toEqual([...FETCH, 'ask to install', 'ask to install', 'install']);
  });

  it('tell a person who asked that there is nothing, and nobody else', async () => {
    const { updates, did } = stage({});
    await updates.check('timer');
    await updates.check('asked');
    expect(did).toEqual(['look', 'look', 'say Carillon is up to date']);
  });

  it('tell a person who asked what went wrong, and nobody else', async () => {
    const { updates, did } = stage({ fault: 'no network' });
    await updates.check('timer');
    await updates.check('asked');
    expect(did).toEqual(['look', 'look', 'say Updates could not be looked for']);
  });

  it('are not looked for by a copy that runs from its sources', async () => {
    const { updates, did } = stage({ isInstalled: false, found: '2.0.0' });
    await updates.check('timer');
    await updates.check('asked');
    expect(did).toEqual(['say No updates here']);
  });

  it('are looked for once at a time', async () => {
    const { updates, did } = stage({});
    await Promise.all([updates.check('timer'), updates.check('timer')]);
    expect(did).toEqual(['look']);
  });
});
