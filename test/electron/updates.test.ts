/** Updates: asked for twice, and never installed while tasks run here. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { BUSY_LOOK_MS, type UpdateWay, Updates, troubleText } from '../../electron/decisions/updates.ts';

interface Story {
  readonly way?: UpdateWay;
  /** The app lies where the updater puts nothing in place. */
  readonly unpacked?: boolean;
  /** Undefined: nothing new. */
  readonly found?: string;
  /** One for each question; nobody agrees once they are used up. */
  readonly answers?: readonly boolean[];
  /** Whether tasks run, each time that it is looked at; not, once they are used up. */
  readonly busy?: readonly (boolean | 'unknown')[];
  /** What happens while it waits. */
  meanwhile?(updates: Updates): Promise<void>;
  readonly fault?: Error;
  /** It cannot be put in place. */
  readonly refused?: Error;
}

function stage(story: Story) {
  const did: string[] = [];
  const answers = [...(story.answers ?? [])];
  const busy = [...(story.busy ?? [])];
  let failed: (fault: Error) => void = () => undefined;
  const updater = {
    autoDownload: true,
    autoInstallOnAppQuit: true,
    checkForUpdates: () => {
      did.push('look');
      if (story.fault !== undefined) return Promise.reject(story.fault);
      if (story.unpacked === true) return Promise.resolve(null);
      const { found } = story;
      return Promise.resolve({ isUpdateAvailable: found !== undefined, updateInfo: { version: found ?? '' } });
    },
    downloadUpdate: () => Promise.resolve(did.push('fetch')),
    quitAndInstall: () => {
      did.push('install');
      if (story.refused !== undefined) failed(story.refused);
    },
    once: (_event: 'error', listener: (fault: Error) => void) => (failed = listener),
  };
  const updates: Updates = new Updates({
    way: story.way ?? 'self',
    version: '1.0.0',
    isBusy: () => {
      const isBusy = busy.shift() ?? false;
      return isBusy === 'unknown' ? undefined : isBusy;
    },
    say: (title) => void did.push(`say ${title}`),
    ask: (message) => {
      did.push(`ask ${message.includes('ready') ? 'to install' : message}`);
      return Promise.resolve(answers.shift() ?? false);
    },
    leave: () => Promise.resolve(void did.push('leave')),
    goOn: () => void did.push('go on'),
    loadUpdater: () => Promise.resolve(updater),
    pause: async (delayMs) => {
      did.push(`wait ${delayMs / BUSY_LOOK_MS}`);
      await story.meanwhile?.(updates);
    },
  });
  return { updates, updater, did };
}

const FETCH = ['look', 'ask Carillon 2.0.0 can be had.', 'fetch'];

describe('updates', () => {
  beforeEach(() => void vi.spyOn(console, 'info').mockImplementation(() => undefined));
  afterEach(() => vi.restoreAllMocks());

  it('are fetched and installed when a person agrees to both', async () => {
    const { updates, updater, did } = stage({ found: '2.0.0', answers: [true, true] });
    await updates.check('timer');
    expect(did).toEqual([...FETCH, 'ask to install', 'leave', 'install']);
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
    expect(did).toEqual([...FETCH, 'wait 1', 'wait 1', 'ask to install', 'leave', 'install']);
  });

  it('are not installed when a task was started while the question stood', async () => {
    const { updates, did } = stage({ found: '2.0.0', answers: [true, true], busy: [false, true] });
    await updates.check('timer');
    expect(did).toEqual([...FETCH, 'ask to install', 'say The update waits']);
  });

  it('are not asked about until it is known that no task runs here', async () => {
    const busy = ['unknown', 'unknown', true, 'unknown', false] as const;
    const { updates, did } = stage({ found: '2.0.0', answers: [true, true], busy });
    await updates.check('timer');
    expect(did).toEqual([...FETCH, 'wait 1', 'wait 1', 'wait 1', 'wait 1', 'ask to install', 'leave', 'install']);
    expect(vi.mocked(console.info).mock.calls).toEqual([
      ['an update waits:', expect.stringContaining('cannot be told')],
      ['an update waits:', expect.stringContaining('Tasks run')],
      ['an update waits:', expect.stringContaining('cannot be told')],
    ]);
  });

  it('are not installed when the core went away while the question stood', async () => {
    const { updates, did } = stage({ found: '2.0.0', answers: [true, true], busy: [false, 'unknown'] });
    await updates.check('timer');
    expect(did).toEqual([...FETCH, 'ask to install', 'say The update waits']);
  });

  it('that wait say so to a person who asks meanwhile, and are not looked for twice', async () => {
    const { updates, did } = stage({
      found: '2.0.0',
      answers: [true],
      busy: ['unknown', false],
      meanwhile: (it) => it.check('asked'),
    });
    await updates.check('timer');
    expect(did).toEqual([...FETCH, 'wait 1', 'say The update waits', 'ask to install']);
  });

  it('that were put off are not fetched again, but asked about', async () => {
    const { updates, did } = stage({ found: '2.0.0', answers: [true, false, true] });
    await updates.check('timer');
    await updates.check('timer');
    expect(did).toEqual([...FETCH, 'ask to install', 'ask to install', 'leave', 'install']);
  });

  it('that cannot be put in place leave this copy going on, and are asked about again', async () => {
    const warned = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    const refused = coded('EACCES', "EACCES: permission denied, unlink '/opt/…'");
    const { updates, did } = stage({ found: '2.0.0', answers: [true, true, true], refused });
    await updates.check('timer');
    const once = ['ask to install', 'leave', 'install', 'go on', 'say The update could not be installed'];
    expect(did).toEqual([...FETCH, ...once]);
    await updates.check('timer');
    expect(did).toEqual([...FETCH, ...once, ...once]);
    warned.mockRestore();
  });

  it('tell a person who asked that there is nothing, and nobody else', async () => {
    const { updates, did } = stage({});
    await updates.check('timer');
    await updates.check('asked');
    expect(did).toEqual(['look', 'look', 'say Carillon is up to date']);
  });

  it('tell a person who asked in words what went wrong, and nobody else', async () => {
    const warned = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    const { updates, did } = stage({ fault: coded('ENOTFOUND', 'getaddrinfo ENOTFOUND updates.example.org') });
    await updates.check('timer');
    await updates.check('asked');
    expect(did).toEqual(['look', 'look', 'say No update this time']);
    expect(warned).toHaveBeenCalledTimes(2);
    warned.mockRestore();
  });

  it.each(['sources', 'hand'] as const)('are not looked for by a copy that is updated from its %s', async (way) => {
    const { updates, did } = stage({ way, found: '2.0.0' });
    await updates.check('timer');
    await updates.check('asked');
    expect(did).toEqual(['say This copy is not updated by itself']);
  });

  it('are not promised by a copy that nothing could be put in place of', async () => {
    const { updates, did } = stage({ unpacked: true });
    await updates.check('timer');
    await updates.check('asked');
    expect(did).toEqual(['look', 'look', 'say This copy is not updated by itself']);
  });

  it('are looked for once at a time', async () => {
    const { updates, did } = stage({});
    await Promise.all([updates.check('timer'), updates.check('timer')]);
    expect(did).toEqual(['look']);
  });
});

describe('a fault of the updater', () => {
  it.each([
    ['ENOTFOUND', 'getaddrinfo ENOTFOUND updates.example.org', 'cannot be reached'],
    ['', 'net::ERR_INTERNET_DISCONNECTED', 'cannot be reached'],
    ['', 'net::ERR_CERT_AUTHORITY_INVALID', 'certificate'],
    ['HTTP_ERROR_404', '404 "method: GET url: https://…" Headers: {…}', 'has none for this kind of machine'],
    ['ERR_UPDATER_CHANNEL_FILE_NOT_FOUND', 'Cannot find channel "latest-linux.yml" update info', 'has none for'],
    ['HTTP_ERROR_503', '503', 'out of order'],
    ['ERR_CHECKSUM_MISMATCH', 'sha512 checksum mismatch, expected …', 'damaged'],
    ['ERR_UPDATER_INVALID_SIGNATURE', 'New version 2.0.0 is not signed by the application owner', 'not signed'],
    ['ERR_UPDATER_INVALID_UPDATE_INFO', 'Cannot parse update info', 'not understood'],
    ['ENOSPC', 'ENOSPC: no space left on device, write', 'disk is full'],
    ['EACCES', "EACCES: permission denied, open '/opt/…'", 'may not write'],
    ['', 'something nobody has seen', 'Try again later'],
  ])('%s "%s" is told in words', (code, message, words) => {
    const text = troubleText(coded(code, message));
    expect(text).toContain(words);
    expect(text).not.toMatch(/ERR_|E[A-Z]{4,}|[{}"]/);
  });
});

function coded(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}
