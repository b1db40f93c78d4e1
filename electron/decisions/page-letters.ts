/**
 * What the main process has to say to the page: where to go, a file that a person opened, why there is no core. The page is
 * listening once it has asked for its port to the core, until it is left; what is said before that waits for it, and of
 * several the last counts.
 */
import type { MessagePortMain } from 'electron';
import type { OpenedTaskFile } from '../../core/carrier/shell-bridge.ts';
import { CORE_PORT_CHANNEL, FILE_CHANNEL, GO_CHANNEL, TROUBLE_CHANNEL } from '../shared/channels.ts';

/** What is used of Electron's `WebContents`. */
export interface PageWire {
  send(channel: string, value: unknown): void;
  postMessage(channel: string, message: null, ports: MessagePortMain[]): void;
}

export class PageLetters {
  #page: PageWire | undefined;
  #place: string | undefined;
  #file: OpenedTaskFile | undefined;
  #trouble = '';

  /** The page asks for its port, by which it listens from now on. @param port undefined: there is no core at the moment. */
  asked(page: PageWire, port: MessagePortMain | undefined): void {
    this.#page = page;
    page.postMessage(CORE_PORT_CHANNEL, null, port === undefined ? [] : [port]);
    page.send(TROUBLE_CHANNEL, this.#trouble);
    this.#deliver();
  }

  /** The page is gone, or loads anew. */
  left(): void {
    this.#page = undefined;
  }

  /** @param place undefined: it stays where it is. */
  go(place: string | undefined): void {
    this.#place = place ?? this.#place;
    this.#deliver();
  }

  open(file: OpenedTaskFile): void {
    this.#file = file;
    this.#deliver();
  }

  /** @param trouble why there is no core, in words. Ports of one that died are not always told by the system; the page is. */
  coreIsGone(trouble: string): void {
    this.#trouble = trouble;
    this.#page?.postMessage(CORE_PORT_CHANNEL, null, []);
    this.#page?.send(TROUBLE_CHANNEL, trouble);
  }

  coreServes(): void {
    this.#trouble = '';
    this.#page?.send(TROUBLE_CHANNEL, '');
  }

  /** The place that waits, for a page that is made for it. */
  takePlace(): string | undefined {
    const place = this.#place;
    this.#place = undefined;
    return place;
  }

  #deliver(): void {
    if (this.#page === undefined) return;
    const place = this.takePlace();
    if (place !== undefined) this.#page.send(GO_CHANNEL, place);
    if (this.#file !== undefined) this.#page.send(FILE_CHANNEL, this.#file);
    this.#file = undefined;
  }
}
