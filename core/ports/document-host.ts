/** Where the document lives: another thread in the product, the same one in the simulator. */
import type { DocumentCommand, DocumentEvent } from '../document/document-protocol.ts';

export interface DocumentHost {
  start(onEvent: (event: DocumentEvent) => void): void;
  /** Commands are carried out in order; each answers with events. */
  post(command: DocumentCommand): void;
  stop(): Promise<void>;
}
