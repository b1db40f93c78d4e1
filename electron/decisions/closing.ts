/**
 * What closing the window does: it goes to the tray or ends the app, as its person said when asked, once. When the app ends it
 * just closes.
 */
import type { MessageBoxOptions } from 'electron';
import type { DesktopSettings } from './desktop-settings.ts';

export interface ClosingHost {
  readonly settings: Pick<DesktopSettings, 'choices' | 'keep'>;
  /** Resolves with the button that was chosen. */
  ask(question: MessageBoxOptions): Promise<number>;
  /** Into the tray, if the window is still there. */
  hide(): void;
  quit(): void;
}

const QUIT = 1;
const QUESTION: MessageBoxOptions = {
  type: 'question',
  message: 'Keep Carillon running when its window is closed?',
  detail: 'In the tray it goes on running the tasks of this machine. You are asked only once; the tray has Quit.',
  buttons: ['Keep running in the tray', 'Quit'],
  defaultId: 0,
  cancelId: 0,
};

export class Closing {
  /** The app ends. */
  lettingGo = false;
  #asking = false;
  readonly #host: ClosingHost;

  constructor(host: ClosingHost) {
    this.#host = host;
  }

  /** Somebody closes the window. @returns whether it closes. */
  isAllowed(): boolean {
    if (this.lettingGo) return true;
    const { onClose } = this.#host.settings.choices;
    if (onClose === undefined) void this.#askOnce();
    else this.#closeAs(onClose);
    return false;
  }

  async #askOnce(): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    const button = await this.#host.ask(QUESTION).finally(() => (this.#asking = false));
    const onClose = button === QUIT ? 'quit' : 'tray';
    this.#host.settings.keep({ onClose });
    this.#closeAs(onClose);
  }

  #closeAs(onClose: 'tray' | 'quit'): void {
    if (onClose === 'quit') this.#host.quit();
    else this.#host.hide();
  }
}
