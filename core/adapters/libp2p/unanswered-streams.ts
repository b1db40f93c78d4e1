/**
 * Streams on which a stranger comes to no agreement. libp2p itself answers who asks for a protocol that nobody offers, and no
 * handler hears of it; what shows is a stream that ends without a protocol. The bytes are left alone: who listens to a stream
 * takes what comes from whoever is to listen next.
 */
import type { Connection, Stream, StreamMuxer } from '@libp2p/interface';

/** libp2p's connections have their muxer; its interface does not speak of it. */
type MuxedConnection = Connection & { readonly muxer?: StreamMuxer };

/**
 * To be called as the connection opens, before it can have carried a stream.
 * @param unanswered called once, when a stream of the other side has ended without a protocol
 */
export function watchUnanswered(connection: MuxedConnection, unanswered: () => void): void {
  let told = false;
  const watch = (stream: Stream): void => {
    const ended = (): void => {
      // Empty until both sides have agreed.
      if (told || stream.protocol !== '') return;
      told = true;
      unanswered();
    };
    stream.addEventListener('close', ended, { once: true });
  };
  connection.muxer?.addEventListener('stream', ({ detail }) => watch(detail));
}
