/**
 * The join protocol: one request, one answer, each with its length before it, on a stream of its own. It is all that a
 * stranger may use, so it is bounded in size, time, and number. A machine that waits for the decision on its pairing may
 * say a second thing meanwhile.
 */
import type { Connection, Stream } from '@libp2p/interface';
import { type LengthPrefixedStream, lpStream } from '@libp2p/utils';
import type { Multiaddr } from '@multiformats/multiaddr';
import { LIMITS } from '../../config/constants.ts';
import type { MachineId } from '../../domain/ids.ts';
import type { Logger } from '../../ports/logger.ts';
import { decodeJoinAnswer, decodeJoinRequest, encodeJoinAnswer, encodeJoinRequest } from '../../protocol/codec.ts';
import { TokenBucket } from '../../protocol/message-rates.ts';
import type { JoinAnswer, JoinRequest } from '../../protocol/messages.ts';
import { addressShare } from '../../security/stranger-address.ts';
import { PROTOCOLS } from '../../protocol/versions.ts';
import { appError, type AppError } from '../../std/app-error.ts';
import type { ErrorCode } from '../../std/error-codes.ts';
import { err, ok, type Result } from '../../std/result.ts';
import { closeConnection } from './connections.ts';
import { dialInTurn } from './dial-in-turn.ts';
import { NETWORK } from './network-limits.ts';

export interface JoinServiceOptions {
  readonly logger: Logger;
  answer(from: MachineId, request: JoinRequest, remoteAddress: string): Promise<JoinAnswer>;
  /** A request that was none, came too slowly, or was one too many. `reason` in words for people. */
  refused(connection: Connection, reason: string): void;
  /** The exchange is over and the connection may be closed. */
  done(from: MachineId, connection: Connection): void;
}

/** How fast joins may be asked for: by each machine, and by all, since a new key costs nothing. */
class JoinPace {
  readonly #all = new TokenBucket({ perSecond: NETWORK.allJoinsPerSecond, burst: NETWORK.allJoinsAtOnce });
  /** Of the machines that asked last. */
  readonly #ofEach = new Map<MachineId, TokenBucket>();

  takes(machine: MachineId): boolean {
    const nowMs = performance.now();
    let own = this.#ofEach.get(machine);
    if (own === undefined) {
      own = new TokenBucket({ perSecond: NETWORK.joinsPerSecond, burst: NETWORK.joinsAtOnce });
      for (const oldest of this.#ofEach.keys()) {
        if (this.#ofEach.size < NETWORK.allJoinsAtOnce) break;
        this.#ofEach.delete(oldest);
      }
      this.#ofEach.set(machine, own);
    }
    return own.takes(nowMs) && this.#all.takes(nowMs);
  }
}

/** The inviter's side. */
export class JoinService {
  readonly #options: JoinServiceOptions;
  /** Requests of each machine that are being answered. */
  readonly #active = new Map<MachineId, number>();
  /** The same by address. */
  readonly #activeAt = new Map<string, number>();
  readonly #pace = new JoinPace();
  #count = 0;

  constructor(options: JoinServiceOptions) {
    this.#options = options;
  }

  /** True while the machine is being answered: its connection must live on for that long. */
  isAnswering(machine: MachineId): boolean {
    return this.#active.has(machine);
  }

  /** Handles one inbound stream; never rejects. */
  async handle(stream: Stream, connection: Connection): Promise<void> {
    const from = connection.remotePeer.toString() as MachineId;
    const share = addressShare(connection.remoteAddr.toString());
    if (!this.#begin(from, share)) {
      stream.abort(new Error('too many joins at once'));
      this.#options.refused(connection, 'it asks to join too often');
      return;
    }
    try {
      await this.#exchange(stream, connection, from);
    } catch (error) {
      this.#options.logger.log('info', 'a join came to nothing', { from, reason: textOf(error) });
      stream.abort(error instanceof Error ? error : new Error('the join came to nothing'));
    } finally {
      this.#count -= 1;
      countDown(this.#active, from);
      countDown(this.#activeAt, share);
      this.#options.done(from, connection);
    }
  }

  #begin(from: MachineId, share: string): boolean {
    const own = this.#active.get(from) ?? 0;
    const there = this.#activeAt.get(share) ?? 0;
    if (own >= NETWORK.joinsOfOne || there >= NETWORK.joinsOfAddress || this.#count >= NETWORK.joins) return false;
    if (!this.#pace.takes(from)) return false;
    this.#active.set(from, own + 1);
    this.#activeAt.set(share, there + 1);
    this.#count += 1;
    return true;
  }

  async #exchange(stream: Stream, connection: Connection, from: MachineId): Promise<void> {
    const signal = AbortSignal.timeout(NETWORK.joinMs);
    const messages = lpStream(stream, { maxDataLength: LIMITS.joinMessageBytes });
    const request = await this.#request(messages, connection);
    const answer = await this.#options.answer(from, request, connection.remoteAddr.toString());
    await messages.write(encodeJoinAnswer(answer), { signal });
    await stream.close({ signal });
    // The joiner closes when it has read the answer; cutting the connection now could lose it.
    await remoteClose(stream, NETWORK.closeMs);
  }

  /** Throws when there is none, or what comes is none; that is told of. */
  async #request(messages: LengthPrefixedStream, connection: Connection): Promise<JoinRequest> {
    let fault = 'its request to join did not come in time, or was cut';
    try {
      const bytes = await messages.read({ signal: AbortSignal.timeout(NETWORK.joinRequestMs) });
      const request = decodeJoinRequest(bytes.subarray());
      if (request.ok) return request.value;
      fault = `its request to join ${request.error}`;
    } catch (error) {
      this.#options.logger.log('debug', 'a request to join could not be read', { reason: textOf(error) });
    }
    this.#options.refused(connection, fault);
    throw new Error(fault);
  }
}

function countDown<K>(counts: Map<K, number>, key: K): void {
  const left = (counts.get(key) ?? 1) - 1;
  if (left === 0) counts.delete(key);
  else counts.set(key, left);
}

/** Opens connections for the joiner. */
export interface Dialler {
  dial(address: Multiaddr, options: { signal: AbortSignal; force: true }): Promise<Connection>;
}

/** The joiner's side: PEER_UNREACHABLE, PEER_TIMEOUT, or the inviter's answer. The connection is closed afterwards. */
export async function askToJoin(
  node: Dialler,
  inviter: MachineId,
  targets: Multiaddr[],
  request: JoinRequest,
  timeoutMs: number = NETWORK.joinMs,
): Promise<Result<JoinAnswer, AppError>> {
  const signal = AbortSignal.timeout(timeoutMs);
  let connection: Connection | undefined;
  try {
    // A connection of its own, since it is closed afterwards: another request may be waiting on another one.
    connection = await dialInTurn(
      (address, within) => node.dial(address, { signal: within, force: true }),
      targets,
      signal,
    );
    const stream = await connection.newStream(PROTOCOLS.join, { signal });
    const messages = lpStream(stream, { maxDataLength: LIMITS.joinMessageBytes });
    await messages.write(encodeJoinRequest(request), { signal });
    const answer = decodeJoinAnswer((await messages.read({ signal })).subarray());
    if (!answer.ok) return err(failure('PEER_UNREACHABLE', inviter, `its answer ${answer.error}`));
    return ok(answer.value);
  } catch (error) {
    if (signal.aborted) return err(failure('PEER_TIMEOUT', inviter, `no answer within ${timeoutMs / 1000} s`));
    return err(failure('PEER_UNREACHABLE', inviter, textOf(error)));
  } finally {
    if (connection !== undefined) await closeConnection(connection);
  }
}

function failure(code: ErrorCode, inviter: MachineId, reason: string): AppError {
  return appError(code, `The inviting machine ${inviter} could not be asked: ${reason}.`);
}

/** Resolves when the other side has closed the stream, or after `timeoutMs`. */
function remoteClose(stream: Stream, timeoutMs: number): Promise<void> {
  return new Promise((resolve) => {
    const finish = (): void => {
      clearTimeout(timer);
      resolve();
    };
    const timer = setTimeout(finish, timeoutMs);
    stream.addEventListener('remoteCloseWrite', finish, { once: true });
    stream.addEventListener('close', finish, { once: true });
    if (stream.status !== 'open' || stream.remoteWriteStatus === 'closed') finish();
  });
}

function textOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(textOf).join('; ').slice(0, 500);
  return error instanceof Error ? error.message.slice(0, 500) : 'the stream was closed';
}
