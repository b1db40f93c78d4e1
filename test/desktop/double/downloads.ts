/**
 * What a page saves, as the session tells of it: `will-download`, with an item that is given a place. Chromium fetches; where no
 * place is given nothing is kept, since nobody is there to be asked for one.
 */
import { EventEmitter } from 'node:events';
import { copyFile } from 'node:fs/promises';
import type { Chromium } from './chromium.ts';
import { preventable } from './double-state.ts';

interface Begins {
  readonly guid: string;
  readonly suggestedFilename: string;
}

interface Progress {
  readonly guid: string;
  readonly state: 'inProgress' | 'completed' | 'canceled';
  readonly filePath?: string;
}

class DownloadItem extends EventEmitter {
  #place = '';
  readonly #name: string;

  constructor(name: string) {
    super();
    this.#name = name;
  }

  getFilename(): string {
    return this.#name;
  }

  setSavePath(path: string): void {
    this.#place = path;
  }

  getSavePath(): string {
    return this.#place;
  }
}

/** @param folder for what comes until it is put in its place. */
export async function hearDownloads({ tools }: Chromium, session: EventEmitter, folder: string): Promise<void> {
  const items = new Map<string, DownloadItem>();
  tools.on<Begins>('Browser.downloadWillBegin', ({ guid, suggestedFilename }) => {
    const item = new DownloadItem(suggestedFilename);
    const event = preventable({});
    session.emit('will-download', event, item);
    if (event.defaultPrevented) void tools.send('Browser.cancelDownload', { guid });
    else items.set(guid, item);
  });
  tools.on<Progress>('Browser.downloadProgress', ({ guid, state, filePath = '' }) => {
    const item = items.get(guid);
    if (item === undefined || state === 'inProgress') return;
    items.delete(guid);
    const place = item.getSavePath();
    if (state === 'canceled' || place === '') item.emit('done', {}, 'cancelled');
    else
      void copyFile(filePath, place).then(
        () => item.emit('done', {}, 'completed'),
        () => item.emit('done', {}, 'interrupted'),
      );
  });
  await tools.send('Browser.setDownloadBehavior', {
    behavior: 'allowAndName',
    downloadPath: folder,
    eventsEnabled: true,
  });
}
