/** An HTTP server on loopback that receives webhooks, and answers as told. */
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createNotifier } from '../../../core/adapters/notifier/notifier.ts';
import { type Channel, channelSchema } from '../../../core/domain/channel.ts';
import type { Receiver } from '../../conformance/notifier.ts';

export interface Arrival {
  readonly id: string;
  readonly body: string;
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
}

export class WebhookReceiver implements Receiver {
  readonly notifier = createNotifier({ mayReach: () => true });
  readonly arrivals: Arrival[] = [];
  /** Instead of the plain answer. */
  answer: ((response: ServerResponse) => void) | undefined;
  readonly #server: Server;
  #status = 204;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async open(): Promise<WebhookReceiver> {
    const server = createServer();
    const receiver = new WebhookReceiver(server);
    server.on('request', (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        receiver.#arrived(request.headers, request.method ?? '', request.url ?? '', Buffer.concat(chunks).toString());
        if (receiver.answer !== undefined) return receiver.answer(response);
        response.writeHead(receiver.#status, { Location: '/elsewhere' }).end();
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return receiver;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  readonly #url = { text: '' };
  get url(): string {
    // Kept, because a server that has closed has no address any more.
    if (this.#server.listening) this.#url.text = `http://127.0.0.1:${this.port}/hook?key=hidden`;
    return this.#url.text;
  }

  get channel(): Channel {
    return channelSchema.parse({ kind: 'webhook', url: this.url });
  }

  answerWith(status: number): void {
    this.#status = status;
  }

  received(): readonly Arrival[] {
    return this.arrivals;
  }

  async leave(): Promise<void> {
    if (this.url === '' || !this.#server.listening) return;
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #arrived(headers: IncomingHttpHeaders, method: string, path: string, body: string): void {
    this.arrivals.push({ id: String(headers['carillon-delivery']), body, method, path, headers });
  }
}
